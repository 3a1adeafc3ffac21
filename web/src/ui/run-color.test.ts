import { expect, test } from 'vitest'
import { runColorIndex, runColors, runDashes } from './run-color.ts'

test('a run has the same colour wherever it is shown, and runs spread over all colours', () => {
  const ids = Array.from({ length: 400 }, (_, i) => (i * 7919).toString(16).padStart(32, '0'))
  expect(runColorIndex(ids[3]!)).toBe(runColorIndex(ids[3]!))
  expect(new Set(ids.map(runColorIndex)).size).toBe(runColors)
})

test('two runs of one colour in a chart have different dashes', () => {
  const [first, second] = runDashes(['same', 'same'])
  expect(first).toEqual([])
  expect(second).not.toEqual([])
})
