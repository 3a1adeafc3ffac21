import type { Cell, Row } from '@waymark/model-kit/model'
import type { ColumnSpec, DataType, Signature } from '@waymark/model-kit/signature'
import { booleanIn, numberIn } from '@waymark/model-kit/table'
import type { Batch } from './batch.ts'
import { invalidValue, quote, quoteNames } from './request-fault.ts'

export interface CheckedRows {
  readonly rows: readonly Row[]
  /** Columns of the request that the model does not have. */
  readonly ignored: readonly string[]
}

/**
 * Fits a batch to a model's signature: columns by name, in whatever order they came; whole numbers widen to doubles and
 * nothing else changes its type. Columns that the model does not know are left out and named in `ignored`, as MLflow does.
 * Written as one loop per column: it finds the row at fault by itself, and is as fast as a compiled schema.
 * The columns are checked without a row too: a CSV that lacks its header line would lose its only row there.
 * @throws {RequestFault} 400 that names every column at fault, and of each the first row.
 */
export function coerce(batch: Batch, signature: Signature): CheckedRows {
  const missing = signature.inputs.filter((spec) => spec.required && !batch.columns.has(spec.name))
  const known = new Set(signature.inputs.map((spec) => spec.name))
  const ignored = [...batch.columns.keys()].filter((name) => !known.has(name))
  if (missing.length > 0) throw missingColumns(batch, missing, ignored)
  if (batch.header && ignored.length === batch.columns.size) {
    throw invalidValue(`Cannot predict: the request has no column of the model. ${batch.header}`)
  }
  const columns: { name: string; values: readonly Cell[] }[] = []
  const faults: string[] = []
  for (const spec of signature.inputs) {
    const given = batch.columns.get(spec.name)
    if (!given) continue
    const read = readerOf(spec.type, batch.kind)
    const isNothing = batch.kind === 'text' && spec.type !== 'string' ? isMissingText : never
    const values = new Array<Cell>(batch.rows)
    for (let row = 0; row < batch.rows; row++) {
      const value = given[row]
      const empty = value === null || value === undefined || (typeof value === 'string' && isNothing(value))
      const cell = empty ? null : read(value)
      if (cell === undefined || (empty && spec.required)) {
        faults.push(
          `column ${quote(spec.name)} in ${batch.where(row, spec.name)}: expected ${wanted(spec, batch.kind)}, found ${empty ? missingInWords(value, batch.kind) : quote(value)}`,
        )
        break
      }
      values[row] = cell
    }
    columns.push({ name: spec.name, values })
  }
  if (faults.length > 0) throw invalidValue(`Cannot predict: ${faults.join('; ')}`)
  return { rows: toRows(columns, batch.rows), ignored }
}

function toRows(columns: readonly { name: string; values: readonly Cell[] }[], count: number): Row[] {
  return Array.from({ length: count }, (_, index) => {
    const row: Record<string, Cell> = {}
    for (const { name, values } of columns) row[name] = values[index] ?? null
    return row
  })
}

function missingColumns({ header }: Batch, missing: readonly ColumnSpec[], ignored: readonly string[]): Error {
  const names = quoteNames(missing.map((spec) => spec.name))
  const others = quoteNames(ignored)
  const unknown = others === '' ? '' : `. It has ${others}, which the model does not know`
  const noun = missing.length === 1 ? 'column' : 'columns'
  const seen = header === undefined ? unknown : `. ${header}`
  return invalidValue(`Cannot predict: the request lacks the required ${noun} ${names}${seen}`)
}

function wanted({ type, required }: ColumnSpec, kind: Batch['kind']): string {
  const words = type === 'boolean' ? `${truthInWords[kind]} (boolean)` : inWords[type]
  const orMissing = kind === 'json' ? ' or null' : ' or an empty field'
  return `${words}${required ? '' : orMissing}`
}

function missingInWords(value: unknown, kind: Batch['kind']): string {
  if (typeof value === 'string') return `${quote(value)}, which stands for a missing value`
  if (kind === 'text') return 'an empty field'
  return value === null ? 'null' : 'no value'
}

/** JSON has truth values of its own; a text can only write one. */
const truthInWords: Record<Batch['kind'], string> = {
  json: 'true or false, without quotes',
  text: 'true, false, yes, no, 1 or 0',
}

const inWords: Record<Exclude<DataType, 'boolean'>, string> = {
  integer: 'a whole number within 32 bits (integer)',
  long: 'a whole number (long)',
  float: 'a number (float)',
  double: 'a number (double)',
  string: 'a text (string)',
  datetime: 'a date and time as text (datetime)',
}

/**
 * Texts of a CSV that stand for a missing number, truth value or date, as pandas.read_csv has it. In a column of texts they
 * are values: "NA" may be North America.
 */
function isMissingText(text: string): boolean {
  return missingTexts.has(text)
}
const missingTexts = new Set(['NA', 'N/A', 'NaN', 'nan', 'null', 'NULL', 'None', '<NA>'])

function never(): boolean {
  return false
}

function readerOf(type: DataType, kind: Batch['kind']): Read {
  return kind === 'text' ? (value) => fromText[type](String(value)) : fromJson[type]
}

/** undefined: the value is not of that type */
type Read = (value: unknown) => Cell | undefined

const fromJson: Record<DataType, Read> = {
  boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  integer: (value) => (wholeNumber(value) && value >= -(2 ** 31) && value < 2 ** 31 ? value : undefined),
  long: (value) => (wholeNumber(value) ? value : undefined),
  float: finite,
  double: finite,
  string: (value) => (typeof value === 'string' ? value : undefined),
  datetime: (value) => (typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined),
}

const fromText: Record<DataType, (text: string) => Cell | undefined> = {
  boolean: booleanIn,
  integer: (text) => fromJson.integer(numberIn(text)),
  long: (text) => fromJson.long(numberIn(text)),
  float: numberIn,
  double: numberIn,
  string: (text) => text,
  datetime: fromJson.datetime,
}

function wholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value)
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
