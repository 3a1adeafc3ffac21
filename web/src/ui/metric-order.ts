import type { Run } from '@waymark/contract/runs'
import { betterDirection } from './metric-direction.ts'

/**
 * @returns the metric keys in the order in which a reader asks for them. Compared in turn: what at least half of the
 * finished runs have before what few have; a bare key before those that qualify it (`test_accuracy` before
 * `logistic_test_accuracy`); what is better or worse before what only describes (`test_rows`); the test set, then
 * held-out data, then the rest; what has a history before single values; by name.
 */
export function importantFirst(keys: readonly string[], runs: readonly Run[]): string[] {
  const facts = factsOf(runs)
  const all = new Set(keys)
  const ranks = new Map(keys.map((key) => [key, rankOf(key, all, facts)]))
  return keys.toSorted((a, b) => compareRanks(ranks.get(a) ?? [], ranks.get(b) ?? []) || byName.compare(a, b))
}

const byName = new Intl.Collator(undefined, { numeric: true })
const separators = /[._/: -]+/
/** Words that name a part of the data: `val_loss` is a result of its own, not a kind of `loss`. */
const dataParts = /^(test|val|valid|validation|eval|train|training|holdout|dev|cv)$/i

interface MetricFacts {
  /** In how many of the runs that count. */
  readonly counts: ReadonlyMap<string, number>
  readonly runs: number
  readonly withHistory: ReadonlySet<string>
}

/** A run that goes on, or was broken off, has not logged all yet; it counts only where no other does. */
function factsOf(runs: readonly Run[]): MetricFacts {
  const finished = runs.filter(({ info }) => info.status === 'FINISHED')
  const counting = finished.length > 0 ? finished : runs
  const counts = new Map<string, number>()
  for (const { data } of counting) for (const { key } of data.metrics) counts.set(key, (counts.get(key) ?? 0) + 1)
  const withHistory = new Set(
    runs.flatMap(({ data }) => data.metrics.filter(({ step }) => step !== 0).map(({ key }) => key)),
  )
  return { counts, runs: counting.length, withHistory }
}

function rankOf(key: string, all: ReadonlySet<string>, { counts, runs, withHistory }: MetricFacts): number[] {
  const isRare = (counts.get(key) ?? 0) * 2 < runs
  const isDescription = betterDirection(key) === undefined
  return [isRare, qualifiesAnother(key, all), isDescription, dataRank(key), !withHistory.has(key)].map(Number)
}

/** Whether the key is another one with more words before it. One that begins with a part of the data stands for itself. */
function qualifiesAnother(key: string, all: ReadonlySet<string>): boolean {
  if (dataParts.test(key.split(separators)[0] ?? '')) return false
  for (const { index, 0: separator } of key.matchAll(new RegExp(separators, 'g'))) {
    if (index > 0 && all.has(key.slice(index + separator.length))) return true
  }
  return false
}

function dataRank(key: string): number {
  const [first = ''] = key.split(separators).filter((word) => word !== 'best')
  if (/^(test|holdout)/i.test(first)) return 0
  return /^(val|eval|dev$|cv$)/i.test(first) ? 1 : 2
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [at, rank] of a.entries()) {
    const difference = rank - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
