import type { Metrics } from '@waymark/model-kit/evaluate'
import type { Model, Row } from '@waymark/model-kit/model'
import type { Prediction } from '@waymark/model-kit/predict'
import type { ColumnSpec } from '@waymark/model-kit/signature'
import { tableText } from '@waymark/model-kit/table'

/** A body of `POST /invocations`. */
export interface RequestBody {
  readonly form: string
  readonly contentType: string
  readonly body: string
}

/** @returns whether the row has all the values that the model requires; without one it is refused at serving time. */
export function isComplete(row: Row, inputs: readonly ColumnSpec[]): boolean {
  return inputs.every(({ name, required }) => !required || (row[name] ?? null) !== null)
}

/** @returns the same rows in every form that the scoring protocol has. Columns stand in another order than the model's. */
export function requestBodies(rows: readonly Row[], columns: readonly string[]): RequestBody[] {
  const reversed = columns.toReversed()
  const cells = (row: Row, names: readonly string[]) => names.map((name) => row[name] ?? null)
  const json = (form: string, data: unknown): RequestBody => ({
    form,
    contentType: 'application/json',
    body: JSON.stringify({ [form]: data }),
  })
  return [
    json('dataframe_split', { columns: reversed, data: rows.map((row) => cells(row, reversed)) }),
    json('dataframe_records', rows),
    json(
      'instances',
      rows.map((row) => cells(row, columns)),
    ), // by position: these in the model's order
    json('inputs', Object.fromEntries(reversed.map((name) => [name, rows.map((row) => row[name] ?? null)]))),
    { form: 'csv', contentType: 'text/csv', body: tableText({ columns: reversed, rows }) },
  ]
}

/** The metric in which every row's score has its part. */
const telling = { classification: 'log_loss', regression: 'rmse' } as const

/** Room for a training backend that adds up in another order than the one that serves. */
const backendTolerance = 1e-5

/**
 * Holds the model that was loaded against what training measured on the same test rows, before it wrote the files.
 * @returns what differs, for people; undefined where nothing does, or where training measured nothing.
 */
export function whyNotAsTrained(task: Model['task'], now: Metrics, trained: Metrics): string | undefined {
  const name = telling[task]
  const [before, after] = [trained[`test_${name}`], now[name]]
  if (before === undefined || after === undefined) return undefined
  if (Math.abs(after - before) <= backendTolerance * Math.max(1, Math.abs(before))) return undefined
  return `on the test rows its ${name} is ${after}, and ${before} was training's`
}

export const tolerance = 1e-6

export interface Comparison {
  /** Of two numbers, relative to the expected one where that is above 1. */
  readonly largestDifference: number
  /** What differs by more than the tolerance, or is not there; undefined where all agrees. */
  readonly fault?: string
}

/** Compares what the app answered with what the model says itself. */
export function compare(expected: readonly Prediction[], answered: readonly Prediction[]): Comparison {
  let largestDifference = 0
  if (expected.length !== answered.length) {
    return { largestDifference, fault: `${answered.length} predictions for ${expected.length} rows` }
  }
  for (const [row, prediction] of expected.entries()) {
    for (const [column, value] of Object.entries(prediction)) {
      const other = answered[row]?.[column]
      const difference = differenceOf(value, other)
      if (difference === undefined || difference > tolerance) {
        const fault = `row ${row}: ${column} is ${JSON.stringify(other)} where the model says ${JSON.stringify(value)}`
        return { largestDifference, fault }
      }
      largestDifference = Math.max(largestDifference, difference)
    }
  }
  return { largestDifference }
}

/** @returns undefined for two values that cannot be told apart by a number. */
function differenceOf(expected: unknown, answered: unknown): number | undefined {
  if (typeof expected === 'number' && typeof answered === 'number') {
    return Math.abs(expected - answered) / Math.max(1, Math.abs(expected))
  }
  return expected === answered ? 0 : undefined
}
