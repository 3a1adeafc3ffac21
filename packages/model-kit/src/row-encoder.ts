import { z } from 'zod'
import type { Cell, FeatureGroup, Row } from './model.ts'
import type { ColumnSpec } from './signature.ts'
import type { Kind } from './table.ts'

const common = {
  feature: z.string(),
  /** The training rows all had a value: a row to predict must have one too. */
  required: z.boolean(),
}

const NumericEncoding = z.object({
  ...common,
  kind: z.literal('numeric'),
  /** Stands in for a missing value. */
  median: z.number(),
  mean: z.number(),
  /** Standard deviation of the training rows; 1 where they are all equal. */
  deviation: z.number(),
})

const CategoricalEncoding = z.object({
  ...common,
  kind: z.literal('categorical'),
  /** Categories with a one-hot column of their own, in the order of the columns. */
  categories: z.array(z.string()),
  /**
   * Rare categories were put together as `other`: the last column, which unseen ones share. Where there were none, an unseen
   * one is `other` too, as all zeros: a column that training never saw set would only add the noise of its first weights.
   */
  hasOther: z.boolean(),
  /** Stands in for a missing value. */
  mostFrequent: z.string(),
})

const BooleanEncoding = z.object({
  ...common,
  kind: z.literal('boolean'),
  /** Stands in for a missing value. */
  mostFrequent: z.boolean(),
})

const FeatureEncoding = z.discriminatedUnion('kind', [NumericEncoding, CategoricalEncoding, BooleanEncoding])

/** How rows become numbers: encoder.json. Numbers are standardised, categories one-hot, booleans 0 or 1. */
export const RowEncoding = z.object({ features: z.array(FeatureEncoding).min(1) })
export type RowEncoding = z.infer<typeof RowEncoding>
type FeatureEncoding = z.infer<typeof FeatureEncoding>

/** A row holds something that its column's encoding cannot take. */
export class EncodingError extends Error {
  override readonly name = 'EncodingError'
  readonly feature: string
  /** Index of the row, from 0. */
  readonly row: number

  constructor(feature: string, row: number, expected: string, value: Cell) {
    super(`row ${row}, column ${JSON.stringify(feature)}: expected ${expected}, found ${JSON.stringify(value)}`)
    this.feature = feature
    this.row = row
  }
}

/** Learns the encoding from the training rows, and from no others. Features come in the order of `kinds`. */
export function fitEncoding(
  rows: readonly Row[],
  kinds: Readonly<Record<string, Kind>>,
  { maxCategories }: { maxCategories: number },
): RowEncoding {
  return {
    features: Object.entries(kinds).map(([feature, kind]) => {
      const present = rows.map((row) => cellOf(row, feature)).filter((cell) => cell !== null)
      const required = present.length === rows.length
      if (kind === 'numeric') return { feature, kind, required, ...numericStatistics(present.map(Number)) }
      if (kind === 'boolean') {
        return { feature, kind, required, mostFrequent: present.filter(Boolean).length * 2 > present.length }
      }
      return { feature, kind, required, ...commonCategories(present.map(String), maxCategories) }
    }),
  }
}

/** @returns the encoded columns of each feature. */
export function featureGroups({ features }: RowEncoding): FeatureGroup[] {
  let from = 0
  return features.map((encoding) => {
    const group = { feature: encoding.feature, from, width: widthOf(encoding) }
    from += group.width
    return group
  })
}

/** @returns what a model with this encoding takes, column by column. */
export function inputColumns({ features }: RowEncoding): ColumnSpec[] {
  const types = { numeric: 'double', categorical: 'string', boolean: 'boolean' } as const
  return features.map(({ feature, kind, required }) => ({ name: feature, type: types[kind], required }))
}

/** @returns the kind of each feature, for reading a table. */
export function kindsOf({ features }: RowEncoding): Record<string, Kind> {
  return Object.fromEntries(features.map(({ feature, kind }) => [feature, kind]))
}

/**
 * @returns [rows, width] in row-major order.
 * @throws {EncodingError} where a value is of another kind than its column. A missing one is imputed, as in training.
 */
export function encodeRows(encoding: RowEncoding, rows: readonly Row[]): Float32Array {
  const groups = featureGroups(encoding)
  const width = groups.reduce((sum, group) => sum + group.width, 0)
  const encoded = new Float32Array(rows.length * width)
  encoding.features.forEach((feature, index) => {
    const from = groups[index]?.from ?? 0
    const put = writerOf(feature)
    const name = feature.feature
    rows.forEach((row, at) => {
      put(cellOf(row, name), encoded, at * width + from, at)
    })
  })
  return encoded
}

/** A row that lacks the column "constructor" would have one from Object.prototype. */
function cellOf(row: Row, column: string): Cell {
  return Object.hasOwn(row, column) ? (row[column] ?? null) : null
}

type Writer = (cell: Cell, encoded: Float32Array, at: number, row: number) => void

function writerOf(encoding: FeatureEncoding): Writer {
  switch (encoding.kind) {
    case 'numeric':
      return (cell, encoded, at, row) => {
        const value = cell === null || Number.isNaN(cell) ? encoding.median : cell
        if (typeof value !== 'number' || !Number.isFinite(value))
          throw new EncodingError(encoding.feature, row, 'a number', cell)
        const distance = (value - encoding.mean) / encoding.deviation
        encoded[at] = Math.max(-farthest, Math.min(farthest, distance))
      }
    case 'boolean':
      return (cell, encoded, at, row) => {
        const value = cell ?? encoding.mostFrequent
        if (typeof value !== 'boolean') throw new EncodingError(encoding.feature, row, 'true or false', cell)
        encoded[at] = value ? 1 : 0
      }
    case 'categorical': {
      const places = new Map(encoding.categories.map((category, place) => [category, place]))
      const other = encoding.hasOther ? encoding.categories.length : undefined
      return (cell, encoded, at) => {
        const place = places.get(String(cell ?? encoding.mostFrequent)) ?? other
        if (place !== undefined) encoded[at + place] = 1
      }
    }
    default:
      return encoding satisfies never
  }
}

/** Deviations from the mean. Beyond it the sums of a network would leave float32, and its scores would be no numbers. */
const farthest = 1e30

function widthOf(encoding: FeatureEncoding): number {
  return encoding.kind === 'categorical' ? encoding.categories.length + (encoding.hasOther ? 1 : 0) : 1
}

function numericStatistics(values: readonly number[]): { median: number; mean: number; deviation: number } {
  if (values.length === 0) return { median: 0, mean: 0, deviation: 1 }
  const sorted = Float64Array.from(values).sort()
  const middle = (sorted.length - 1) / 2
  const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  // Of equal values the sum rounds, and what rounding leaves is no spread.
  if (sorted[0] === sorted.at(-1)) return { median, mean: median, deviation: 1 }
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { median, mean, deviation: Math.sqrt(variance) || 1 }
}

/** The most frequent categories, the alphabet deciding between equals; in alphabetical order. */
function commonCategories(
  values: readonly string[],
  most: number,
): { categories: string[]; hasOther: boolean; mostFrequent: string } {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const byCount = [...counts].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
  const kept = byCount.slice(0, most).map(([category]) => category)
  return { categories: kept.sort(), hasOther: byCount.length > most, mostFrequent: byCount[0]?.[0] ?? '' }
}
