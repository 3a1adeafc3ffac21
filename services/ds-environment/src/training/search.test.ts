import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { workersFor } from './search.ts'

test('there is one worker for each trial up to the cores, or as many as WAYMARK_WORKERS says', () => {
  expect(workersFor(1, {})).toBe(1)
  expect(workersFor(1000, {})).toBe(availableParallelism())
  expect(workersFor(1000, { WAYMARK_WORKERS: '3' })).toBe(3)
  expect(() => workersFor(2, { WAYMARK_WORKERS: 'many' })).toThrow(
    'WAYMARK_WORKERS: expected a whole number of at least 1, found "many"',
  )
})
