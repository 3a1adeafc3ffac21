import type { Run } from '@waymark/contract/runs'
import { shortNumber } from '../format.ts'
import { isFoundParam } from '../found-param.ts'
import { betterDirection } from '../metric-direction.ts'
import { importantFirst } from '../metric-order.ts'

/** `metrics.<key>`, `params.<key>`, `tags.<key>` or `attributes.<name>`, as in filters and order_by. */
export type ColumnId = string

export type ColumnKind = 'metrics' | 'params' | 'tags' | 'attributes'

export interface RunKeys {
  readonly metrics: readonly string[]
  readonly params: readonly string[]
  readonly tags: readonly string[]
}

export interface Sort {
  readonly column: ColumnId
  readonly descending: boolean
}

/** Attributes that a column can show, widths in px; those without a server-side order cannot be sorted. */
export const attributes = {
  status: { words: 'Status', width: 104, sortable: true },
  start_time: { words: 'Started', width: 96, sortable: true },
  duration: { words: 'Duration', width: 96, sortable: false },
  user_id: { words: 'User', width: 96, sortable: true },
  end_time: { words: 'Ended', width: 96, sortable: true },
  run_id: { words: 'Run id', width: 270, sortable: true },
} as const

/** The column that is always there, at the left. */
export const nameColumn: ColumnId = 'attributes.run_name'

export function kindOf(column: ColumnId): ColumnKind {
  const kind = column.slice(0, column.indexOf('.'))
  return kind === 'metrics' || kind === 'params' || kind === 'tags' ? kind : 'attributes'
}

export function keyOf(column: ColumnId): string {
  return column.slice(column.indexOf('.') + 1)
}

/** Whether its values line up at the right. */
export function isNumeric(column: ColumnId): boolean {
  return kindOf(column) === 'metrics' || column === 'attributes.duration'
}

/** @returns every column there is, in the order in which they are offered. */
export function everyColumn(keys: RunKeys): ColumnId[] {
  return [
    ...Object.keys(attributes).map((name) => `attributes.${name}`),
    ...keys.metrics.map((key) => `metrics.${key}`),
    ...keys.params.map((key) => `params.${key}`),
    ...keys.tags.filter((key) => key !== 'mlflow.runName').map((key) => `tags.${key}`),
  ]
}

/**
 * @returns the columns to begin with: status, start, duration, then up to five metrics and five params: the most
 * important metrics; params only where they differ between the runs (all of them stand on the run's page). The params
 * stand behind the first two metrics, so that what was changed and what came of it are in sight together.
 */
export function defaultColumns(keys: RunKeys, runs: readonly Run[]): ColumnId[] {
  const own = keys.metrics.filter((key) => !key.startsWith('system/'))
  const metrics = importantFirst(own, runs).slice(0, 5)
  const params = varyingParams(runs).slice(0, 5)
  return [
    'attributes.status',
    'attributes.start_time',
    'attributes.duration',
    ...metrics.slice(0, 2).map((key) => `metrics.${key}`),
    ...params.map((key) => `params.${key}`),
    ...metrics.slice(2).map((key) => `metrics.${key}`),
  ]
}

/** @returns the params whose values differ between the runs, by name; those that somebody set before those that a search found. */
export function varyingParams(runs: readonly Run[]): string[] {
  const seen = new Map<string, Set<string>>()
  for (const { data } of runs) {
    for (const { key, value } of data.params) seen.set(key, (seen.get(key) ?? new Set()).add(value))
  }
  return [...seen]
    .filter(([, values]) => values.size > 1)
    .map(([key]) => key)
    .sort()
    .sort((a, b) => Number(isFoundParam(a)) - Number(isFoundParam(b)))
}

export function isSortable(column: ColumnId): boolean {
  if (kindOf(column) !== 'attributes') return true
  const name = keyOf(column)
  return column === nameColumn || (name in attributes && attributes[name as keyof typeof attributes].sortable) // checked by `in`
}

/** Sorting by another column starts with the greatest for metrics and times, with A for the rest; the third click ends it. */
export function nextSort(column: ColumnId, now: Sort | undefined): Sort | undefined {
  const startsDescending = kindOf(column) === 'metrics' || /_time$/.test(column)
  if (now?.column !== column) return { column, descending: startsDescending }
  return now.descending === startsDescending ? { column, descending: !startsDescending } : undefined
}

export function orderBy(sort: Sort | undefined): string[] {
  if (!sort) return []
  const key = keyOf(sort.column)
  const quoted = kindOf(sort.column) === 'attributes' ? key : key.includes('`') ? `"${key}"` : `\`${key}\``
  return [`${kindOf(sort.column)}.${quoted} ${sort.descending ? 'DESC' : 'ASC'}`]
}

export function sortToUrl(sort: Sort | undefined): string | undefined {
  return sort && `${sort.descending ? '-' : ''}${sort.column}`
}

export function sortFromUrl(text: string | null): Sort | undefined {
  if (!text) return undefined
  return text.startsWith('-') ? { column: text.slice(1), descending: true } : { column: text, descending: false }
}

/** What a cell holds, as text; numbers of metrics are for `metricOf`. */
export function textOf(run: Run, column: ColumnId): string | undefined {
  const key = keyOf(column)
  if (kindOf(column) === 'params') return valuesOf(run).params.get(key)
  if (kindOf(column) === 'tags') return valuesOf(run).tags.get(key)
  if (kindOf(column) === 'metrics') {
    const value = metricOf(run, key)
    return value === undefined ? undefined : shortNumber(value)
  }
  if (key === 'user_id') return run.info.user_id
  return key === 'run_id' ? run.info.run_id : undefined
}

export function metricOf(run: Run, key: string): number | undefined {
  return valuesOf(run).metrics.get(key)
}

interface RunValues {
  readonly metrics: ReadonlyMap<string, number>
  readonly params: ReadonlyMap<string, string>
  readonly tags: ReadonlyMap<string, string>
}

/** A run's values by key, made once for each: a table asks for hundreds of keys of hundreds of runs. */
const valuesByRun = new WeakMap<Run, RunValues>()

function valuesOf(run: Run): RunValues {
  const known = valuesByRun.get(run)
  if (known) return known
  const { metrics, params, tags } = run.data
  const made = {
    metrics: new Map(metrics.map(({ key, value }) => [key, value])),
    params: new Map(params.map(({ key, value }) => [key, value])),
    tags: new Map(tags.map(({ key, value }) => [key, value])),
  }
  valuesByRun.set(run, made)
  return made
}

/** Only such a run can be the best: what a failed or killed one logged last says little. */
export function isUnderWayOrDone({ info }: Run): boolean {
  return info.status === 'FINISHED' || info.status === 'RUNNING'
}

/** @returns for each of the metrics the best finite value among the finished or running runs, if two of them differ. */
export function bestValues(runs: readonly Run[], metrics: readonly string[]): Map<string, number> {
  const best = new Map<string, number>()
  const counting = runs.filter(isUnderWayOrDone)
  for (const key of metrics) {
    const direction = betterDirection(key)
    const values = counting
      .map((run) => metricOf(run, key))
      .filter((value) => value !== undefined)
      .filter((value) => Number.isFinite(value) && Math.abs(value) < Number.MAX_VALUE)
    if (direction === undefined || new Set(values).size < 2) continue
    best.set(key, direction === 1 ? Math.max(...values) : Math.min(...values))
  }
  return best
}
