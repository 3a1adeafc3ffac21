import type { Run } from '@waymark/contract/runs'
import { importantFirst } from '../../ui/metric-order.ts'

/** One line of a comparison: a key and what each run has for it, in the order of the runs. */
export interface ComparedLine<Value> {
  readonly key: string
  readonly values: readonly (Value | undefined)[]
  /** Not all runs have the same, or one has nothing. */
  readonly differs: boolean
}

/** @returns the params of all the runs, by key. */
export function comparedParams(runs: readonly Run[]): ComparedLine<string>[] {
  return linesOf(runs.map(({ data }) => new Map(data.params.map(({ key, value }) => [key, value]))))
}

/** @returns the latest metrics of all the runs, the most important first. */
export function comparedMetrics(runs: readonly Run[]): ComparedLine<number>[] {
  const lines = linesOf(runs.map(({ data }) => new Map(data.metrics.map(({ key, value }) => [key, value]))))
  const ranks = new Map(
    importantFirst(
      lines.map(({ key }) => key),
      runs,
    ).map((key, rank) => [key, rank]),
  )
  return lines.sort((a, b) => (ranks.get(a.key) ?? 0) - (ranks.get(b.key) ?? 0))
}

function linesOf<Value>(columns: readonly ReadonlyMap<string, Value>[]): ComparedLine<Value>[] {
  const keys = new Set(columns.flatMap((column) => [...column.keys()]))
  return [...keys]
    .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
    .map((key) => {
      const values = columns.map((column) => column.get(key))
      return { key, values, differs: values.some((value) => !Object.is(value, values[0])) }
    })
}
