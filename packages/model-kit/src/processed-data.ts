import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Row } from './model.ts'
import { CellError, readTable } from './table.ts'

const Kind = z.enum(['numeric', 'categorical', 'boolean'])

const common = {
  name: z.string(),
  /** Rows without a value. */
  missing: z.int(),
  /** Different values. */
  distinct: z.int(),
}

const NumericProfile = z.object({
  ...common,
  kind: z.literal('numeric'),
  min: z.number(),
  max: z.number(),
  mean: z.number(),
  /** Of the population. */
  deviation: z.number(),
  /** Values below which 1, 5, 25, 50, 75, 95 and 99 % of the rows lie, by these names. */
  quantiles: z.record(z.string(), z.number()),
  /** Counts between neighbouring edges; the last bin holds its upper edge too. */
  histogram: z.object({ edges: z.array(z.number()), counts: z.array(z.int()) }),
})

const CategoryProfile = z.object({
  ...common,
  kind: z.enum(['categorical', 'boolean']),
  /** The most frequent values and their rows, the most frequent first. */
  counts: z.array(z.object({ value: z.string(), rows: z.int() })),
  /** Rows with a value that is not in `counts`. */
  otherCount: z.int(),
})

export type CategoryProfile = z.infer<typeof CategoryProfile>

export const ColumnProfile = z.union([NumericProfile, CategoryProfile])
export type ColumnProfile = z.infer<typeof ColumnProfile>

/** What data_prep has made: data/processed/profile.json. Columns are profiled on the training rows. */
export const Profile = z.object({
  task: z.enum(['classification', 'regression']),
  /** The predicted column. */
  target: z.string(),
  /** In the order of a model's scores; empty for regression. */
  classes: z.array(z.string()),
  /** The feature columns by kind, in their order. */
  features: z.record(z.string(), Kind),
  rows: z.object({ train: z.int(), validation: z.int(), test: z.int() }),
  columns: z.array(ColumnProfile),
})
export type Profile = z.infer<typeof Profile>

export type SplitName = keyof Profile['rows']

/** The rows of a split, and what is to be predicted of them. */
export interface Split {
  /** The features, by column. */
  readonly rows: readonly Row[]
  /** [rows]: the class index, or the value. */
  readonly targets: Float64Array
}

/** Reads profile.json of the folder that data_prep has written. */
export async function readProfile(folder: string): Promise<Profile> {
  return Profile.parse(JSON.parse(await readFile(join(folder, 'profile.json'), 'utf8')))
}

/** @throws {CellError} where the file is not what the profile says. */
export async function readSplit(folder: string, name: SplitName, profile: Profile): Promise<Split> {
  const path = join(folder, `${name}.csv`)
  const { target, classes, features, task } = profile
  const table = await readTable(path, { ...features, [target]: task === 'regression' ? 'numeric' : 'categorical' })
  const places = new Map(classes.map((label, place) => [label, place]))
  const targets = Float64Array.from(table.rows, (row) =>
    task === 'regression' ? Number(row[target]) : (places.get(String(row[target])) ?? Number.NaN),
  )
  const odd = targets.findIndex(Number.isNaN)
  if (odd !== -1)
    throw new CellError(
      `${path} ${target}: expected one of ${classes.join(', ')}, found ${String(table.rows[odd]?.[target])}`,
    )
  const rows = table.rows.map(({ [target]: _, ...row }) => row)
  return { rows, targets }
}
