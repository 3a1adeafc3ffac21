import type { Csv } from '@waymark/model-kit/csv'
import type { Cell } from '@waymark/model-kit/model'
import { CellError, type Kind, numberIn, parseCell, truthIn } from '@waymark/model-kit/table'
import type { DataSettings } from '@waymark/settings/data'
import { nearest } from '@waymark/settings/nearest'
import { StageError } from '../stage.ts'

export interface Column {
  readonly name: string
  readonly kind: Kind
}

/** A row of the source that cannot be used. */
export interface BadRow {
  /** Line of the source, from 1. */
  readonly line: number
  /** "" where the row as a whole is at fault. */
  readonly column: string
  readonly words: string
}

export interface SourceRow {
  readonly line: number
  /** As written, for telling duplicates. */
  readonly fields: readonly string[]
  readonly cells: Readonly<Record<string, Cell>>
}

export interface SourceTable {
  /** Without the dropped ones. */
  readonly columns: readonly Column[]
  readonly rows: readonly SourceRow[]
  readonly badRows: readonly BadRow[]
}

type Settings = Pick<DataSettings, 'source' | 'missing' | 'drop' | 'kinds' | 'limits' | 'target'>

/** Share of the present values that must be numbers for a column to be inferred as numeric; the others are bad. */
const mostlyNumbers = 0.95

/**
 * Gives the records of a CSV types: each column a kind (inferred, or as `data.kinds` says), each row its cells. A row that
 * does not fit is told with its line.
 * @throws {StageError} where settings name a column that is not there, or most rows are bad.
 */
export function typeRows(csv: Csv, settings: Settings): SourceTable {
  const names = columnNames(csv, settings.source)
  refuseUnknownColumns(names, settings)
  const missing = new Set(settings.missing)
  const whole = csv.records.filter(({ fields }) => fields.length === names.length)
  // A limit may look at a column that is no feature.
  const dropped = new Set(settings.drop.filter((name) => !Object.hasOwn(settings.limits, name)))
  const columns = names.flatMap((name, place) => {
    if (dropped.has(name)) return []
    const texts = whole.map(({ fields }) => textOf(fields[place], missing))
    return [{ name, place, kind: settings.kinds[name] ?? kindOf(name, texts, settings.target.column) }]
  })
  const badRows: BadRow[] = csv.faults.map(({ line, words }) => ({ line, column: '', words }))
  const rows: SourceRow[] = []
  for (const { line, fields } of csv.records) {
    if (fields.length !== names.length) {
      badRows.push({ line, column: '', words: `expected ${names.length} fields, found ${fields.length}` })
      continue
    }
    const cells: Record<string, Cell> = {}
    const fault = fillCells(cells, fields, columns, missing)
    if (fault) badRows.push({ line, ...fault })
    else rows.push({ line, fields, cells })
  }
  badRows.sort((a, b) => a.line - b.line)
  refuseMostlyBad(rows, badRows, settings.source)
  return { columns: columns.map(({ name, kind }) => ({ name, kind })), rows, badRows }
}

/** The classes of a target stay as they are written: yes and no are no true and false. */
function kindOf(name: string, texts: readonly string[], target: string): Kind {
  const kind = inferKind(texts)
  return name === target && kind === 'boolean' ? 'categorical' : kind
}

/** @returns numeric, boolean or categorical, by the present texts; categorical where there are none. */
export function inferKind(texts: readonly string[]): Kind {
  let present = 0
  let numbers = 0
  let truths = 0
  for (const text of texts) {
    if (text === '') continue
    present++
    if (numberIn(text) !== undefined) numbers++
    else if (truthIn(text) !== undefined) truths++
  }
  if (present === 0) return 'categorical'
  if (truths === present) return 'boolean'
  return numbers / present >= mostlyNumbers ? 'numeric' : 'categorical'
}

/** A column without a name is `column_<n>`, n from 1. */
function columnNames({ header, headerLine }: Csv, source: string): string[] {
  const names = header.map((name, place) => name.trim() || `column_${place + 1}`)
  const twice = names.find((name, place) => names.indexOf(name) !== place)
  if (twice !== undefined) {
    const places = names.flatMap((name, place) => (name === twice ? [place + 1] : []))
    throw new StageError(
      `${source}:${headerLine}: expected each column name once, found ${JSON.stringify(twice)} as columns ${places.join(' and ')}`,
    )
  }
  return names
}

function refuseUnknownColumns(names: readonly string[], { source, target, drop, kinds, limits }: Settings): void {
  const named = [
    { key: 'target.column', columns: [target.column] },
    { key: 'drop', columns: drop },
    { key: 'kinds', columns: Object.keys(kinds) },
    { key: 'limits', columns: Object.keys(limits) },
  ]
  const faults = named.flatMap(({ key, columns }) =>
    columns
      .filter((column) => !names.includes(column))
      .map((column) => {
        const meant = nearest(column, names)
        const way = meant === undefined ? `it has ${names.join(', ')}` : `did you mean ${JSON.stringify(meant)}?`
        return `config.yaml data.${key}: expected a column of ${source}, found ${JSON.stringify(column)}; ${way}`
      }),
  )
  if (faults.length > 0) throw new StageError(faults.join('\n'))
}

function textOf(field: string | undefined, missing: ReadonlySet<string>): string {
  const text = field ?? ''
  return missing.has(text.trim()) ? '' : text
}

function fillCells(
  cells: Record<string, Cell>,
  fields: readonly string[],
  columns: readonly (Column & { place: number })[],
  missing: ReadonlySet<string>,
): { column: string; words: string } | undefined {
  for (const { name, place, kind } of columns) {
    try {
      cells[name] = parseCell(textOf(fields[place], missing), kind)
    } catch (error) {
      if (!(error instanceof CellError)) throw error
      return { column: name, words: error.message }
    }
  }
  return undefined
}

function refuseMostlyBad(rows: readonly SourceRow[], badRows: readonly BadRow[], source: string): void {
  if (badRows.length <= rows.length) return
  const first = badRows.slice(0, 5).map((row) => `  ${describeBadRow(source, row)}`)
  throw new StageError(
    `${source}: ${badRows.length} of ${rows.length + badRows.length} rows cannot be read. The first are\n${first.join('\n')}`,
  )
}

/** @returns a bad row as a line for people: file, line, column, what is wrong. */
export function describeBadRow(source: string, { line, column, words }: BadRow): string {
  return `${source}:${line}${column === '' ? '' : ` ${column}`}: ${words}`
}
