import { Run } from '@waymark/contract/runs'
import { expect, test } from 'vitest'
import {
  bestValues,
  defaultColumns,
  isSortable,
  nextSort,
  orderBy,
  sortFromUrl,
  sortToUrl,
  varyingParams,
} from './columns.ts'

function run(id: string, params: Record<string, string>, metrics: Record<string, number>, status = 'FINISHED'): Run {
  return Run.parse({
    info: { run_id: id, experiment_id: '1', status, lifecycle_stage: 'active' },
    data: {
      params: Object.entries(params).map(([key, value]) => ({ key, value })),
      metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 0, step: 0 })),
    },
  })
}

const runs = [
  run('a', { lr: '0.1', seed: '1' }, { test_accuracy: 0.9, loss: 0.4, val_loss: 0.5, width: 64 }),
  run('b', { lr: '0.2', seed: '1' }, { test_accuracy: 0.8, loss: Number.NaN, val_loss: 0.6, width: 128 }),
  run('c', { lr: '0.2', seed: '1' }, { test_accuracy: 0.99, loss: 0.2 }, 'FAILED'),
]

test('the first columns are the two most important metrics, the params that differ, then more metrics', () => {
  const keys = { metrics: ['loss', 'test_accuracy', 'val_loss'], params: ['lr', 'seed'], tags: [] }
  expect(defaultColumns(keys, runs).slice(3)).toEqual([
    'metrics.test_accuracy',
    'metrics.val_loss',
    'params.lr',
    'metrics.loss',
  ])
  expect(varyingParams(runs)).toEqual(['lr'])
})

test('params that somebody set stand before those that a search found', () => {
  const found = { 'best.a': '1', 'best.b': '1', 'best.c': '1', 'best.d': '1', 'best.e': '1' }
  const others = Object.fromEntries(Object.keys(found).map((key) => [key, '2']))
  const two = [
    run('a', { ...found, 'training.epochs': '20' }, {}),
    run('b', { ...others, 'training.epochs': '40' }, {}),
  ]
  const columns = defaultColumns({ metrics: [], params: [], tags: [] }, two).slice(3)
  expect(columns).toEqual(['training.epochs', 'best.a', 'best.b', 'best.c', 'best.d'].map((key) => `params.${key}`))
})

test('best is the greatest accuracy and the least loss, of runs that did not fail; a metric of unknown direction has none', () => {
  const best = bestValues([...runs, run('d', {}, { loss: 0.3 })], ['test_accuracy', 'loss', 'width'])
  expect([...best]).toEqual([
    ['test_accuracy', 0.9],
    ['loss', 0.3],
  ])
})

test('clicking a header sorts, turns round, and lets go', () => {
  const once = nextSort('metrics.acc', undefined)
  const twice = nextSort('metrics.acc', once)
  expect([once, twice, nextSort('metrics.acc', twice)]).toEqual([
    { column: 'metrics.acc', descending: true },
    { column: 'metrics.acc', descending: false },
    undefined,
  ])
  expect(nextSort('params.lr', once)).toEqual({ column: 'params.lr', descending: false })
})

test('names with spaces, dots and backticks can be sorted by, and stay in the address', () => {
  expect(orderBy({ column: 'metrics.val acc.top`5', descending: true })).toEqual(['metrics."val acc.top`5" DESC'])
  expect(orderBy({ column: 'params.a.b', descending: false })).toEqual(['params.`a.b` ASC'])
  const sort = { column: 'params.-a', descending: false }
  expect(sortFromUrl(sortToUrl(sort) ?? null)).toEqual(sort)
  expect(isSortable('attributes.duration')).toBe(false)
})
