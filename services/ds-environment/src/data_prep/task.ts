import { join } from 'node:path'
import { csvField } from '@waymark/model-kit/csv'
import { type Kind, tableText } from '@waymark/model-kit/table'
import { jsonText, runAsProgram, type Stage, writeOutput } from '../stage.ts'
import { readSource } from './read-source.ts'
import { type Prepared, prepare } from './transform.ts'
import { type BadRow, describeBadRow, type SourceTable, typeRows } from './type-rows.ts'

interface Loaded extends Prepared {
  readonly badRows: readonly BadRow[]
}

/** The source as it is → clean, split rows, their encoding and a profile of each column. */
export const dataPrep: Stage<'data', SourceTable, Loaded> = {
  name: 'data_prep',
  sections: ['data'],

  async read({ folder, settings: { data }, say, note }) {
    const table = typeRows(await readSource(folder, data), data)
    const shown = table.badRows.slice(0, 10)
    for (const row of shown) say(describeBadRow(data.source, row))
    if (table.badRows.length > shown.length)
      say(`… and ${table.badRows.length - shown.length} more bad rows, all in ${badRowsFile}`)
    note(`${count(table.rows.length)} rows × ${table.width} columns of ${data.source}`)
    return table
  },

  transform(table, { settings: { data }, say, note }) {
    const prepared = prepare(table, data)
    for (const warning of prepared.warnings) say(`data_prep  note: ${warning}`)
    note(describe(prepared))
    return { ...prepared, badRows: table.badRows }
  },

  async load({ columns, splits, encoding, profile, metrics, badRows }, { folder, note }) {
    const processed = join(folder, 'data', 'processed')
    for (const [name, rows] of Object.entries(splits))
      await writeOutput(join(processed, `${name}.csv`), tableText({ columns, rows }))
    await writeOutput(join(processed, 'encoder.json'), jsonText(encoding))
    await writeOutput(join(processed, 'profile.json'), jsonText(profile))
    await writeOutput(join(folder, badRowsFile), badRowsText(badRows))
    await writeOutput(join(folder, 'reports', 'data_prep', 'metrics.json'), jsonText(metrics))
    note('data/processed, reports/data_prep')
  },
}

const badRowsFile = 'reports/data_prep/bad_rows.csv'

function badRowsText(badRows: readonly BadRow[]): string {
  const lines = badRows.map(({ line, column, words }) => `${line},${csvField(column)},${csvField(words)}`)
  return `${['line,column,fault', ...lines].join('\n')}\n`
}

function describe({ metrics, profile: { rows, features } }: Prepared): string {
  const removed = [
    ['duplicates', metrics['rows_duplicate']],
    ['without target', metrics['rows_without_target']],
    ['impossible', metrics['rows_impossible']],
  ] as const
  const words = removed.flatMap(([why, much]) => (much ? [`${much} ${why}`] : []))
  const kinds = `${kindsIn(Object.values(features))} features`
  const split = `${count(rows.train)} train, ${count(rows.validation)} validation, ${count(rows.test)} test`
  return [...(words.length > 0 ? [`${words.join(', ')} removed`] : []), kinds, split].join('; ')
}

/** @returns "8 numeric, 3 categorical, 1 boolean": a kind that was inferred wrongly is seen here first. */
function kindsIn(features: readonly Kind[]): string {
  const all = ['numeric', 'categorical', 'boolean'] as const satisfies readonly Kind[]
  return all
    .map((kind) => [features.filter((each) => each === kind).length, kind] as const)
    .flatMap(([much, kind]) => (much > 0 ? [`${much} ${kind}`] : []))
    .join(', ')
}

function count(rows: number): string {
  return rows.toLocaleString('en')
}

if (import.meta.main) await runAsProgram(dataPrep)
