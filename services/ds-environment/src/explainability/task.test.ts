import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { smallProject } from '../../test/small-project.ts'
import { runStage } from '../stage.ts'
import { explainability } from './task.ts'

test('a rerun writes the same bytes, and leaves no picture of a feature that is gone', async () => {
  await using project = await smallProject()
  const reports = join(project.folder, 'reports/explainability')
  const run = () => runStage(explainability, { folder: project.folder, out: { write: () => true }, env: {} })
  await run()
  const first = await filesOf(reports)
  expect(Object.keys(first)).toEqual(
    expect.arrayContaining([
      'explanations.json',
      'metrics.json',
      'confusion_matrix.png',
      'partial_dependence_size.vl.json',
    ]),
  )
  await writeFile(join(reports, 'partial_dependence_gone.png'), '')
  await run()
  expect(await filesOf(reports)).toEqual(first)
})

async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'base64')])),
  )
}
