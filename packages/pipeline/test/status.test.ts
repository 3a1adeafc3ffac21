import { expect, test } from 'vitest'
import { status } from '../src/status.ts'
import { tempProject } from './temp-project.ts'

const files = {
  'pipeline.yaml': `stages:
  a:
    cmd: cp in out
    deps: [in]
    outs: [out]
  b:
    cmd: cp out last
    deps: [out]
    outs: [last]
`,
  in: '1',
}

test('status tells a stage that would come back from the cache from one that would run', async () => {
  const project = tempProject(files)
  await project.repro()
  project.write({ in: '2' })
  expect(await restorable(project.root)).toEqual({ a: false, b: undefined })
  await project.repro()
  project.write({ in: '1' })
  expect(await restorable(project.root)).toEqual({ a: true, b: undefined })
  expect(await project.repro()).toMatchObject({ a: expect.stringMatching(/^restored/) })
  expect(await restorable(project.root)).toEqual({ a: undefined, b: undefined })
})

async function restorable(root: string): Promise<Record<string, boolean | undefined>> {
  const { stages } = await status(root)
  return Object.fromEntries(stages.map((stage) => [stage.name, stage.restorable]))
}
