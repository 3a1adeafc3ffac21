import { expect, test } from 'vitest'
import { type ParallelRun, parallelColumns, worthAnAxis } from './parallel.ts'

function run(id: string, params: Record<string, string>, metrics: Record<string, number>): ParallelRun {
  return { id, label: id, params: new Map(Object.entries(params)), metrics: new Map(Object.entries(metrics)) }
}

const runs = [
  run('a', { lr: '0.01', optimizer: 'adam', layers: '[64]', same: '1' }, { acc: 0.9, loss: 1 }),
  run('b', { lr: '1e-3', optimizer: 'sgd', layers: '[128]', same: '1' }, { acc: Number.NaN, loss: 2 }),
  run('c', { lr: '0.1', optimizer: 'adam', same: '1' }, { acc: 0.8, loss: 3 }),
]

test('what is the same in all runs gets no axis', () => {
  expect(worthAnAxis(runs)).toEqual({ params: ['layers', 'lr', 'optimizer'], metrics: ['acc', 'loss'] })
})

test('a param of numbers is a number axis, any other lists its values', () => {
  const { axes, rows } = parallelColumns(runs, { params: ['lr', 'optimizer'], metrics: ['loss'] })
  expect(axes).toEqual([{ name: 'lr' }, { name: 'optimizer', categories: ['adam', 'sgd'] }, { name: 'loss' }])
  expect(rows[1]?.cells).toEqual([0.001, 'sgd', 2])
})

test('a value that is missing or not finite leaves a hole, not a zero', () => {
  const { rows } = parallelColumns(runs, { params: ['layers'], metrics: ['acc'] })
  expect(rows.map(({ cells }) => cells)).toEqual([
    ['[64]', 0.9],
    ['[128]', null],
    [null, 0.8],
  ])
})
