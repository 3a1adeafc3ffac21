import { join } from 'node:path'
import { csvField } from '@waymark/model-kit/csv'
import { tableText } from '@waymark/model-kit/table'
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
    note(`${count(table.rows.length)} rows × ${table.columns.length} columns of ${data.source}`)
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

function describe({ metrics, profile: { rows } }: Prepared): string {
  const removed = [
    ['duplicates', metrics['rows_duplicate']],
    ['without target', metrics['rows_without_target']],
    ['impossible', metrics['rows_impossible']],
  ] as const
  const words = removed.flatMap(([why, much]) => (much ? [`${much} ${why}`] : []))
  const split = `${count(rows.train)} train, ${count(rows.validation)} validation, ${count(rows.test)} test`
  return words.length > 0 ? `${words.join(', ')} removed; ${split}` : split
}

function count(rows: number): string {
  return rows.toLocaleString('en')
}

if (import.meta.main) await runAsProgram(dataPrep)
