import type { Row } from '@waymark/model-kit/model'
import type { CategoryProfile, Profile, SplitName } from '@waymark/model-kit/processed-data'
import { seeded, shuffle } from '@waymark/model-kit/random'
import { featureGroups, fitEncoding, type RowEncoding } from '@waymark/model-kit/row-encoder'
import type { Kind } from '@waymark/model-kit/table'
import type { DataSettings } from '@waymark/settings/data'
import { StageError } from '../stage.ts'
import { clean } from './clean.ts'
import { profileColumn } from './profile.ts'
import { targetOf } from './target.ts'
import type { SourceTable } from './type-rows.ts'

/** What data_prep leaves. */
export interface Prepared {
  /** Columns of the splits: the features, then the target. */
  readonly columns: readonly string[]
  readonly splits: Readonly<Record<SplitName, readonly Row[]>>
  readonly encoding: RowEncoding
  readonly profile: Profile
  /** Counts, by the names of metrics. */
  readonly metrics: Readonly<Record<string, number>>
  /** What somebody should look at, one sentence each. */
  readonly warnings: readonly string[]
}

/** Cleans, cuts the target, splits at random by the seed, and fits the encoding on the training rows alone. */
export function prepare(table: SourceTable, data: DataSettings): Prepared {
  const { rows, removed } = clean(table.rows, table.columns, data)
  const targetColumn = table.columns.find(({ name }) => name === data.target.column)
  // Reading has refused a target that is no column.
  if (!targetColumn) throw new Error(`no column ${data.target.column}`)
  const target = targetOf(
    rows.map(({ cells }) => cells[targetColumn.name] ?? null),
    targetColumn,
    data,
  )
  const candidates = table.columns.filter(({ name }) => name !== targetColumn.name && !data.drop.includes(name))
  const features = candidates.filter(({ name }) => rows.some(({ cells }) => cells[name] !== null))
  if (features.length === 0)
    throw new StageError(`${data.source}: expected columns to learn from, found none beside the target`)
  if (candidates.some(({ name }) => name === target.name))
    throw new StageError(
      `config.yaml data.target.name: expected a new name, found the column ${JSON.stringify(target.name)}`,
    )
  const made = rows.map(({ cells }) => {
    const row: Record<string, Row[string]> = {}
    for (const { name } of features) row[name] = cells[name] ?? null
    row[target.name] = target.of(cells[targetColumn.name] ?? null)
    return row
  })
  const splits = split(made, data)
  const kinds: Record<string, Kind> = Object.fromEntries(features.map(({ name, kind }) => [name, kind]))
  const encoding = fitEncoding(splits.train, kinds, { maxCategories: data.max_categories })
  const targetKind = data.task === 'regression' ? 'numeric' : 'categorical'
  const profile: Profile = {
    task: data.task,
    target: target.name,
    classes: [...target.classes],
    features: kinds,
    rows: { train: splits.train.length, validation: splits.validation.length, test: splits.test.length },
    columns: [...features, { name: target.name, kind: targetKind } as const].map((column) =>
      profileColumn(splits.train, column, data.max_categories),
    ),
  }
  return {
    columns: [...features.map(({ name }) => name), target.name],
    splits,
    encoding,
    profile,
    metrics: {
      rows_read: table.rows.length + table.badRows.length,
      rows_bad: table.badRows.length,
      rows_duplicate: removed.duplicate,
      rows_without_target: removed.withoutTarget,
      rows_impossible: removed.impossible,
      rows_train: splits.train.length,
      rows_validation: splits.validation.length,
      rows_test: splits.test.length,
      missing_values: made.reduce((sum, row) => sum + features.filter(({ name }) => row[name] === null).length, 0),
      features: features.length,
      encoded_columns: featureGroups(encoding).reduce((sum, { width }) => sum + width, 0),
    },
    warnings: [
      ...warningOfDuplicates(removed.duplicate, table.rows.length),
      ...(data.target.bands ?? [])
        .filter(({ name }) => !target.classes.includes(name))
        .map(({ name }) => `band ${JSON.stringify(name)} has no row: it is no class of the model`),
      ...candidates
        .filter((column) => !features.includes(column))
        .map(({ name }) => `column ${JSON.stringify(name)} has no value in any row: it is left out`),
      ...warningsOf(profile),
    ],
  }
}

/** Shuffled by the seed, whatever the order of the source: a source sorted by the target is no trap. */
function split(rows: readonly Row[], { split: { validation, test, seed }, source }: DataSettings): Prepared['splits'] {
  const shuffled = shuffle([...rows], seeded(seed))
  const testRows = Math.round(rows.length * test)
  const validationRows = Math.round(rows.length * validation)
  const splits = {
    test: shuffled.slice(0, testRows),
    validation: shuffled.slice(testRows, testRows + validationRows),
    train: shuffled.slice(testRows + validationRows),
  }
  for (const [name, some] of Object.entries(splits)) {
    if (some.length > 0) continue
    throw new StageError(
      `${source}: expected rows enough for data.split, found ${rows.length}: none are left for ${name}`,
    )
  }
  return splits
}

/** Observations with few columns are often equal without being the same one. */
function warningOfDuplicates(removed: number, rows: number): string[] {
  if (removed <= rows / 10) return []
  const share = Math.round((removed / rows) * 100)
  return [
    `${share} % of the rows are equal to an earlier one and were removed: if each row is an observation of its own, set data.duplicates: keep`,
  ]
}

function warningsOf({ columns, rows, classes, target }: Profile): string[] {
  return columns.flatMap((column) => {
    if (column.kind === 'numeric') return []
    const name = JSON.stringify(column.name)
    if (column.name === target) {
      const unseen = classes.filter((label) => !column.counts.some(({ value }) => value === label))
      return column.otherCount > 0 ? [] : unseen.map((label) => `class ${JSON.stringify(label)} has no row to train on`)
    }
    if (isDecimalComma(column))
      return [`column ${name} is read as categories, but holds numbers with a decimal comma: set data.decimal: ","`]
    const isIdentifier = column.distinct > 50 && column.distinct > 0.9 * (rows.train - column.missing)
    if (!isIdentifier) return []
    return [`column ${name} has another value in almost every row: if it is an identifier, name it in data.drop`]
  })
}

function isDecimalComma({ counts }: CategoryProfile): boolean {
  const isNumber = counts.every(({ value }) => /^[+-]?\d+(,\d+)?$/.test(value))
  return isNumber && counts.some(({ value }) => value.includes(','))
}
