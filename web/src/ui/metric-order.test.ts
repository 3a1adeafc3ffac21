import { Run } from '@waymark/contract/runs'
import { expect, test } from 'vitest'
import { importantFirst } from './metric-order.ts'

function run(metrics: Record<string, number>, { status = 'FINISHED', step = 0 } = {}): Run {
  return Run.parse({
    info: { run_id: 'r', experiment_id: '1', status, lifecycle_stage: 'active' },
    data: { metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 0, step })) },
  })
}

test('the test set comes first, then held-out data, then the rest by name', () => {
  const keys = ['loss', 'val_loss', 'test_accuracy', 'best_validation_accuracy', 'fold10', 'fold2']
  expect(importantFirst(keys, [])).toEqual([
    'test_accuracy',
    'best_validation_accuracy',
    'val_loss',
    'loss',
    'fold2',
    'fold10',
  ])
})

test('what is better or worse comes before what only describes', () => {
  expect(importantFirst(['rows', 'test_rows', 'loss'], [])).toEqual(['loss', 'test_rows', 'rows'])
})

test('a key comes before those that only put words before it', () => {
  const keys = ['a_test_accuracy', 'b.test_accuracy', 'test_accuracy', 'zeal', 'accuracy', 'macro/accuracy']
  expect(importantFirst(keys, [])).toEqual([
    'test_accuracy',
    'accuracy',
    'zeal',
    'a_test_accuracy',
    'b.test_accuracy',
    'macro/accuracy',
  ])
})

test('what is measured on a part of the data is no kind of what is measured elsewhere', () => {
  expect(importantFirst(['loss', 'logistic_test_log_loss', 'test_log_loss', 'val_loss'], [])).toEqual([
    'test_log_loss',
    'val_loss',
    'loss',
    'logistic_test_log_loss',
  ])
})

test('what most finished runs have comes before what few have; a run that goes on is not counted', () => {
  const runs = [
    run({ score: 1, test_score: 1 }),
    run({ score: 1 }),
    run({ score: 1 }),
    run({ test_score: 1 }, { status: 'RUNNING' }),
  ]
  expect(importantFirst(['test_score', 'score'], runs)).toEqual(['score', 'test_score'])
  expect(importantFirst(['rows', 'test_score'], [run({ test_score: 1 }, { status: 'RUNNING' })])).toEqual([
    'test_score',
    'rows',
  ])
})

test('what has a history comes before single values', () => {
  expect(importantFirst(['a', 'b'], [run({ a: 1 }), run({ b: 1 }, { step: 3 })])).toEqual(['b', 'a'])
})
