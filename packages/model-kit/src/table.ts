import { readFile } from 'node:fs/promises'
import { csvField, parseCsv } from './csv.ts'
import type { Cell, Row } from './model.ts'

/** What a column's values are to a model. */
export type Kind = 'numeric' | 'categorical' | 'boolean'

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/** A cell does not hold what its column's kind asks for. */
export class CellError extends Error {
  override readonly name = 'CellError'
}

const truths = new Map([
  ['true', true],
  ['yes', true],
  ['false', false],
  ['no', false],
])

/** Of a column that is known to be boolean; elsewhere they are numbers. */
const truthDigits = new Map([
  ['1', true],
  ['0', false],
])

/** Larger numbers are no measurements, and the square of their spread would be none either. */
const largestNumber = 1e150

/** @returns the number that a text writes, undefined where it writes none (or none that is finite). */
export function numberIn(text: string): number | undefined {
  const trimmed = text.trim()
  // Number() also reads '', 0x10 and 0b1, which no table means as numbers.
  if (!/^[+-]?(\d|\.\d)/.test(trimmed) || /^[+-]?0[xbo]/i.test(trimmed)) return undefined
  const number = Number(trimmed)
  return Number.isFinite(number) ? number : undefined
}

/** @returns the truth value that a text writes (true, false, yes, no in any case), undefined where it writes none. */
export function truthIn(text: string): boolean | undefined {
  return truths.get(text.trim().toLowerCase())
}

/** @returns the truth value that a text of a boolean column writes: as {@link truthIn}, and 1 or 0. */
export function booleanIn(text: string): boolean | undefined {
  return truthIn(text) ?? truthDigits.get(text.trim())
}

/**
 * Reads the text of one cell; "" is a missing value.
 * @throws {CellError} where the text is none of that kind.
 */
export function parseCell(text: string, kind: Kind, readNumber = numberIn): Cell {
  if (text === '') return null
  if (kind === 'categorical') return text
  const value = kind === 'numeric' ? readNumber(text) : booleanIn(text)
  const isHuge = Math.abs(Number(value)) > largestNumber
  if (value === undefined || isHuge) {
    const expected = kind === 'boolean' ? 'true or false' : isHuge ? `a number within ±${largestNumber}` : 'a number'
    throw new CellError(`expected ${expected}, found ${JSON.stringify(text.slice(0, 60))}`)
  }
  return value
}

/** @returns the text that `parseCell` reads as `cell`; numbers in the shortest form that gives the same number back. */
export function cellText(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? '' : String(cell)
}

/**
 * Reads a CSV table that this program has written (data/processed/*.csv): the columns named in `kinds`, typed by them.
 * @throws {CellError} with file and line where a record or a cell is not what it should be.
 */
export async function readTable(path: string, kinds: Readonly<Record<string, Kind>>): Promise<Table> {
  const { header, records, faults } = parseCsv(await readFile(path, 'utf8'))
  const [fault] = faults
  if (fault) throw new CellError(`${path}:${fault.line}: ${fault.words}`)
  const columns = Object.keys(kinds)
  const places = columns.map((column) => {
    const index = header.indexOf(column)
    if (index === -1)
      throw new CellError(`${path}: expected a column ${JSON.stringify(column)}, found ${header.join(', ')}`)
    return { column, index, kind: kinds[column] ?? 'categorical' }
  })
  const rows = records.map(({ line, fields }) => {
    if (fields.length !== header.length)
      throw new CellError(`${path}:${line}: expected ${header.length} fields, found ${fields.length}`)
    const row: Record<string, Cell> = {}
    for (const { column, index, kind } of places) {
      try {
        row[column] = parseCell(fields[index] ?? '', kind)
      } catch (error) {
        if (!(error instanceof CellError)) throw error
        throw new CellError(`${path}:${line} ${column}: ${error.message}`)
      }
    }
    return row
  })
  return { columns, rows }
}

/** @returns the table as CSV with a header and LF line ends. */
export function tableText({ columns, rows }: Table): string {
  const lines = [columns.map((column) => csvField(column)).join(',')]
  for (const row of rows) {
    const line = columns.map((column) => csvField(cellText(row[column]))).join(',')
    // An empty line would be skipped when it is read again.
    lines.push(line === '' ? '""' : line)
  }
  return `${lines.join('\n')}\n`
}
