import { expect, test } from 'vitest'
import { smooth } from './smoothing.ts'

test('a constant stays what it is from the first point on', () => {
  for (const value of smooth([3, 3, 3, 3], 0.9)) expect(value).toBeCloseTo(3, 12)
})

test('the average follows slowly, and no weight means no change', () => {
  expect(smooth([0, 1], 0.5)[1]).toBeCloseTo(2 / 3, 12)
  expect(smooth([5, 1, 9], 0)).toEqual([5, 1, 9])
})

test('NaN and infinity stay where they happened and do not spoil what follows', () => {
  const smoothed = smooth([1, Number.NaN, Infinity, 1], 0.6)
  expect(smoothed[1]).toBeNaN()
  expect(smoothed[2]).toBe(Infinity)
  expect(smoothed[3]).toBeCloseTo(1, 12)
})
