import { expect, test } from 'vitest'
import { hashedColor, movedColors, runColors, runDashes } from './run-color.ts'

test('a run has the same colour wherever it is shown, and runs spread over all colours', () => {
  const ids = Array.from({ length: 400 }, (_, i) => (i * 7919).toString(16).padStart(32, '0'))
  expect(hashedColor(ids[3]!)).toBe(hashedColor(ids[3]!))
  expect(new Set(ids.map(hashedColor)).size).toBe(runColors)
})

test('of runs that are compared, only one that shares the colour of an earlier one gets another', () => {
  const colors: Record<string, number> = { a: 4, b: 4, c: 0, d: 4 }
  const moved = movedColors(['a', 'b', 'c', 'd'], (id) => colors[id] ?? 0)
  expect([...moved.keys()]).toEqual(['b', 'd'])
  expect(new Set([4, 0, ...moved.values()]).size).toBe(4)
})

test('more runs than colours share what there is', () => {
  const ids = Array.from({ length: 30 }, (_, i) => String(i))
  const moved = movedColors(ids, () => 3)
  expect(moved.size).toBe(runColors - 1)
  expect(new Set(moved.values()).size).toBe(runColors - 1)
})

test('two runs of one colour in a chart have different dashes', () => {
  const [first, second] = runDashes(['same', 'same'])
  expect(first).toEqual([])
  expect(second).not.toEqual([])
})
