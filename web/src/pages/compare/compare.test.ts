import { ReproReport } from '@waymark/contract/repro-report'
import { Run } from '@waymark/contract/runs'
import { expect, test } from 'vitest'
import { causesOf } from './causes.ts'
import { comparedMetrics, comparedParams } from './differences.ts'
import { lockDiff } from './lock-diff.ts'

function run(id: string, params: Record<string, string>, metrics: Record<string, number> = {}, commit = 'c1'): Run {
  return Run.parse({
    info: { run_id: id, experiment_id: '1', status: 'FINISHED', lifecycle_stage: 'active' },
    data: {
      params: Object.entries(params).map(([key, value]) => ({ key, value })),
      metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 0, step: 0 })),
      tags: [{ key: 'mlflow.source.git.commit', value: commit }],
    },
  })
}

function report(raw: string, processed: string, model: string | undefined): ReproReport {
  const stage = (name: string, deps: object[], outs: object[]) => ({
    name,
    cmd: 'x',
    state: 'ran',
    reasons: [],
    seconds: 1,
    exit_code: 0,
    needs: [],
    deps,
    outs,
    params: {},
  })
  return ReproReport.parse({
    schema: 1,
    started_at: 0,
    stages: [
      stage(
        'data_prep',
        [{ path: 'data/raw', md5: raw, size: 10 }],
        [{ path: 'data/processed', md5: processed, size: 5 }],
      ),
      stage(
        'training',
        [{ path: 'data/processed/train.csv', md5: processed, size: 3 }],
        model === undefined ? [] : [{ path: 'models/winner', md5: model, size: 7 }],
      ),
    ],
  })
}

test('params and metrics stand side by side, and what one run lacks is a difference', () => {
  const runs = [
    run('a', { lr: '1', seed: '7' }, { acc: 0.9 }),
    run('b', { lr: '2', seed: '7', new: 'x' }, { acc: 0.9 }),
  ]
  expect(comparedParams(runs)).toEqual([
    { key: 'lr', values: ['1', '2'], differs: true },
    { key: 'new', values: [undefined, 'x'], differs: true },
    { key: 'seed', values: ['7', '7'], differs: false },
  ])
  expect(comparedMetrics(runs)[0]).toMatchObject({ differs: false })
})

test('NaN in both runs is no difference', () => {
  const runs = [run('a', {}, { loss: Number.NaN }), run('b', {}, { loss: Number.NaN })]
  expect(comparedMetrics(runs)[0]?.differs).toBe(false)
})

test('lock against lock tells, path by path, what is the same, changed, added and removed; sources first', () => {
  const reports = [report('r1', 'p1', 'm1'), report('r1', 'p1', 'm2'), report('r2', 'p2', undefined)]
  const changes = lockDiff(reports, 0).map(({ path, cells }) => [path, ...cells.map(({ change }) => change)])
  expect(changes).toEqual([
    ['data/raw', 'same', 'same', 'changed'],
    ['data/processed', 'same', 'same', 'changed'],
    ['data/processed/train.csv', 'same', 'same', 'changed'],
    ['models/winner', 'same', 'changed', 'removed'],
  ])
  expect(lockDiff(reports, 2).find(({ path }) => path === 'models/winner')?.cells[0]?.change).toBe('added')
})

test('what a run did not get to is unknown, not removed', () => {
  const whole = report('r1', 'p1', 'm1')
  const failed = report('r1', 'p1', undefined)
  const stages = failed.stages.map((each) => (each.name === 'training' ? { ...each, state: 'failed' as const } : each))
  const line = lockDiff([whole, { ...failed, stages }], 0).find(({ path }) => path === 'models/winner')
  expect(line?.cells[1]?.change).toBe('unknown')
  expect(line?.differs).toBe(false)
})

test('a path tells which stage makes it and which read it', () => {
  const [raw, processed] = lockDiff([report('r', 'p', 'm')], 0)
  expect(raw).toMatchObject({ isSource: true, madeBy: undefined, readBy: ['data_prep'] })
  expect(processed).toMatchObject({ isSource: false, madeBy: 'data_prep' })
})

test('of a run that no pipeline made, nothing is known', () => {
  expect(lockDiff([report('r', 'p', 'm'), null], 0).every(({ cells }) => cells[1]?.change === 'unknown')).toBe(true)
  expect(lockDiff([null, null], 0)).toEqual([])
})

test('the causes are the params, data and code that were changed, not what stages made of them', () => {
  const runs = [
    run('a', { epochs: '20', 'best.lr': '1' }),
    run('b', { epochs: '40', 'best.lr': '2' }),
    run('c', { epochs: '20', 'best.lr': '1' }, {}, 'c2'),
  ]
  const lines = lockDiff([report('r1', 'p1', 'm1'), report('r1', 'p1', 'm2'), report('r2', 'p2', 'm3')], 0)
  const causes = causesOf(runs, lines, 0)
  expect(causes[0]).toEqual({ params: [], sources: [], commit: undefined, isDirty: false })
  expect(causes[1]).toMatchObject({ params: [{ key: 'epochs', from: '20', to: '40' }], sources: [], commit: undefined })
  expect(causes[2]).toMatchObject({ params: [], sources: ['data/raw'], commit: { from: 'c1', to: 'c2' } })
})
