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
  /** How many columns the source has, the dropped ones included. */
  readonly width: number
  /** Without the dropped ones. */
  readonly columns: readonly Column[]
  readonly rows: readonly SourceRow[]
  readonly badRows: readonly BadRow[]
}

type Settings = Pick<DataSettings, 'source' | 'missing' | 'decimal' | 'drop' | 'kinds' | 'limits' | 'target'>

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
  const readNumber = numbersWith(settings.decimal)
  const whole = csv.records.filter(({ fields }) => fields.length === names.length)
  // A limit may look at a column that is no feature.
  const dropped = new Set(settings.drop.filter((name) => !Object.hasOwn(settings.limits, name)))
  const columns = names.flatMap((name, place) => {
    if (dropped.has(name)) return []
    const texts = whole.map(({ fields }) => textOf(fields[place], missing))
    // A column may be named as a property that every object has: constructor.
    const given = Object.hasOwn(settings.kinds, name) ? settings.kinds[name] : undefined
    return [{ name, place, kind: given ?? kindOf(name, texts, settings.target.column, readNumber) }]
  })
  const badRows: BadRow[] = csv.faults.map(({ line, words }) => ({ line, column: '', words }))
  const rows: SourceRow[] = []
  for (const { line, fields } of csv.records) {
    if (fields.length !== names.length) {
      badRows.push({ line, column: '', words: `expected ${names.length} fields, found ${fields.length}` })
      continue
    }
    const cells: Record<string, Cell> = {}
    const fault = fillCells(cells, fields, columns, { missing, readNumber })
    if (fault) badRows.push({ line, ...fault })
    else rows.push({ line, fields, cells })
  }
  badRows.sort((a, b) => a.line - b.line)
  refuseMostlyBad(rows, badRows, settings.source)
  return { width: names.length, columns: columns.map(({ name, kind }) => ({ name, kind })), rows, badRows }
}

/** The classes of a target stay as they are written: yes and no are no true and false. */
function kindOf(name: string, texts: readonly string[], target: string, readNumber: typeof numberIn): Kind {
  const kind = inferKind(texts, readNumber)
  return name === target && kind === 'boolean' ? 'categorical' : kind
}

/** @returns numeric, boolean or categorical, by the present texts; categorical where there are none. */
function inferKind(texts: readonly string[], readNumber: typeof numberIn): Kind {
  let present = 0
  let numbers = 0
  let truths = 0
  for (const text of texts) {
    if (text === '') continue
    present++
    if (readNumber(text) !== undefined) numbers++
    else if (truthIn(text) !== undefined) truths++
  }
  if (present === 0) return 'categorical'
  if (truths === present) return 'boolean'
  return numbers / present >= mostlyNumbers ? 'numeric' : 'categorical'
}

/** A column without a name is `column_<n>`, n from 1. */
function columnNames({ header, headerLine }: Csv, source: string): string[] {
  const names = header.map((name, place) => name.trim() || `column_${place + 1}`)
  // An object cannot hold it as a key of its own.
  if (names.includes('__proto__'))
    throw new StageError(`${source}:${headerLine}: expected another column name than "__proto__". Rename that column`)
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

/** @returns how the source's numbers are read: with a decimal comma dots may part the thousands, 1.234,5. */
function numbersWith(decimal: DataSettings['decimal']): typeof numberIn {
  if (decimal === '.') return numberIn
  return (text) => {
    // A point that parts no thousands makes it no number: 1.5 may be the first of May.
    const isGrouped = /^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$/.test(text.trim())
    if (text.includes('.') && !isGrouped) return undefined
    return numberIn(text.replaceAll('.', '').replace(',', '.'))
  }
}

function fillCells(
  cells: Record<string, Cell>,
  fields: readonly string[],
  columns: readonly (Column & { place: number })[],
  { missing, readNumber }: { missing: ReadonlySet<string>; readNumber: typeof numberIn },
): { column: string; words: string } | undefined {
  for (const { name, place, kind } of columns) {
    try {
      cells[name] = parseCell(textOf(fields[place], missing), kind, readNumber)
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
