import { expect, test } from 'vitest'
import { evaluate } from './evaluate.ts'

// Expected numbers: scikit-learn's definitions, by hand.
test('accuracy, log loss and macro F1 of classes', () => {
  const scores = Float32Array.from([0.5, 0.25, 0.25, 0.25, 0.5, 0.25, 0.5, 0.25, 0.25, 0.25, 0.25, 0.5])
  const { accuracy, log_loss, macro_f1 } = evaluate('classification', scores, Float64Array.from([0, 1, 1, 2]))
  expect(accuracy).toBe(0.75)
  expect(log_loss).toBeCloseTo((3 * Math.log(2) + Math.log(4)) / 4, 12)
  expect(macro_f1).toBeCloseTo((2 / 3 + 2 / 3 + 1) / 3, 12)
})

test('root mean squared error, mean absolute error and R² of values', () => {
  const metrics = evaluate('regression', Float32Array.from([1, 2, 5]), Float64Array.from([1, 2, 3]))
  expect(metrics['rmse']).toBeCloseTo(Math.sqrt(4 / 3), 12)
  expect(metrics['mae']).toBeCloseTo(2 / 3, 12)
  expect(metrics['r2']).toBeCloseTo(1 - 4 / 2, 12)
})

test('the first of equally probable classes is the prediction', () => {
  expect(evaluate('classification', Float32Array.from([0.5, 0.5]), Float64Array.from([0]))['accuracy']).toBe(1)
})

test('a model that gives no numbers has no accuracy', () => {
  const metrics = evaluate('classification', Float32Array.from([Number.NaN, Number.NaN]), Float64Array.from([0]))
  expect(Object.values(metrics)).toEqual([Number.NaN, Number.NaN, Number.NaN])
})
