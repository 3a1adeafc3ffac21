import { expect, test } from 'vitest'
import { saySeconds } from './say-stage.ts'

test.each([
  [0.04, '0.0 s'],
  [0.24, '0.2 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [41.4, '41 s'],
  [119.4, '119 s'],
  [185, '3 min 05 s'],
])('%d seconds are said as %s', (seconds, words) => {
  expect(saySeconds(seconds)).toBe(words)
})
