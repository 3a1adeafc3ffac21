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
  expect(await next(project.root)).toEqual({ a: 'run', b: 'wait' })
  await project.repro()
  project.write({ in: '1' })
  expect(await next(project.root)).toEqual({ a: 'restore', b: 'wait' })
  expect(await project.repro()).toMatchObject({ a: expect.stringMatching(/^restored/) })
  expect(await next(project.root)).toEqual({ a: 'nothing', b: 'nothing' })
})

test('an out that is right but missing from the cache is said to come back without a run, and does', async () => {
  const project = tempProject(files)
  await project.repro()
  project.remove('.waymark')
  expect(await next(project.root)).toEqual({ a: 'restore', b: 'wait' })
  expect(Object.values(await project.repro())).toEqual([
    'restored, because out out is not in the cache',
    expect.stringMatching(/^(restored|unchanged)/),
  ])
})

test('a stage that could only fail is said to: it lacks an input, or is frozen and has changed', async () => {
  const project = tempProject(files)
  await project.repro()
  project.remove('in')
  expect(await next(project.root)).toEqual({ a: 'fail', b: 'wait' })
  project.write({
    in: '1',
    out: 'by hand',
    'pipeline.yaml': files['pipeline.yaml'].replace('a:', 'a:\n    frozen: true'),
  })
  expect(await next(project.root)).toEqual({ a: 'fail', b: 'wait' })
})

test('a frozen stage does not wait for the stages before it', async () => {
  const project = tempProject(files)
  await project.repro()
  project.write({ in: '2', 'pipeline.yaml': files['pipeline.yaml'].replace('b:', 'b:\n    frozen: true') })
  expect(await next(project.root)).toEqual({ a: 'run', b: 'nothing' })
})

test('a status that is told to stop does', async () => {
  const project = tempProject(files)
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(status(project.root, [], { signal })).rejects.toThrow('enough')
})

async function next(root: string): Promise<Record<string, string>> {
  const { stages } = await status(root)
  return Object.fromEntries(stages.map((stage) => [stage.name, stage.next]))
}
