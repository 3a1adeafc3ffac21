import { expect, test } from 'vitest'
import { childrenOf, theseRuns, topLevel } from './filters.ts'

test("a user's filter keeps its meaning when the table adds its own condition", () => {
  expect(topLevel("params.a = '1' OR params.b = '2'")).toBe(
    "(params.a = '1' OR params.b = '2') AND tags.`mlflow.parentRunId` IS NULL",
  )
  expect(topLevel('  ')).toBe('tags.`mlflow.parentRunId` IS NULL')
})

test('runs are named by id', () => {
  expect(childrenOf('ab12')).toBe("tags.`mlflow.parentRunId` = 'ab12'")
  expect(theseRuns(['a', 'b'])).toBe("attributes.run_id IN ('a', 'b')")
})
