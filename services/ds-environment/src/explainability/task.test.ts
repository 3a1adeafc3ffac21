import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
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
      'plots/confusion_matrix.png',
      'plots/partial_dependence_size.vl.json',
    ]),
  )
  await writeFile(join(reports, 'plots/partial_dependence_gone.png'), '')
  await run()
  expect(await filesOf(reports)).toEqual(first)
})

async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const names = files.map((file) => relative(folder, file)).sort()
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'base64')])),
  )
}
