import { type Csv, csvField, parseCsv } from '@waymark/model-kit/csv'
import type { Signature } from '@waymark/model-kit/signature'
import type { Batch } from '../batch.ts'
import { badRequest, quote, quoteLine, quoteNames, RequestFault } from '../request-fault.ts'
import { parseStrictJson } from '../strict-json.ts'

const forms = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const
const oneOf = `exactly one of ${forms.join(', ')}`

/**
 * Reads the body of `POST /invocations` (mlflow/pyfunc/scoring_server of MLflow 2 and 3): one of the four JSON forms, or
 * CSV with a header line. `params` and fields that the protocol does not know are left aside, as MLflow does for a model
 * without a params schema.
 * @throws {RequestFault} 415 for another content type, 400 for a body that is not one of the forms.
 */
export function readInvocation(body: Uint8Array, contentType: string | undefined, signature: Signature): Batch {
  const type = mediaTypeOf(contentType)
  const text = decode(body)
  return type === 'text/csv' ? csvBatch(text) : jsonBatch(parseStrictJson(text), signature)
}

function mediaTypeOf(contentType: string | undefined): 'application/json' | 'text/csv' {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim())
  const media = type.toLowerCase()
  if (media !== 'application/json' && media !== 'text/csv') {
    throw unsupported(
      `Content-Type is ${contentType ? quote(contentType) : 'missing'}: send application/json or text/csv`,
    )
  }
  for (const parameter of parameters.filter((part) => part !== '')) {
    const [name = '', value = ''] = parameter.toLowerCase().split('=')
    if (name.trim() !== 'charset')
      throw unsupported(`Content-Type has the parameter ${quote(parameter)}: only charset=utf-8 is known`)
    if (value.trim().replaceAll('"', '') !== 'utf-8')
      throw unsupported(`Content-Type asks for ${quote(parameter)}: only charset=utf-8 is read`)
  }
  return media
}

function unsupported(message: string): RequestFault {
  return new RequestFault(415, 'BAD_REQUEST', message)
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body) // drops a byte order mark
  } catch {
    throw badRequest('Cannot read the body: it is not UTF-8')
  }
}

function jsonBatch(value: unknown, signature: Signature): Batch {
  if (!isObject(value))
    throw badRequest(`Cannot read the body: expected a JSON object with ${oneOf}, got ${kindOf(value)}`)
  const present = forms.filter((form) => Object.hasOwn(value, form))
  const [form] = present
  if (form === undefined || present.length > 1) {
    const found = present.length > 1 ? present.join(' and ') : quoteNames(Object.keys(value)) || 'no field'
    throw badRequest(`Cannot read the body: expected ${oneOf}, got ${found}`)
  }
  if (Object.hasOwn(value, 'params') && value['params'] !== null && !isObject(value['params'])) {
    throw badRequest(`Cannot read the body: expected params to be an object, got ${kindOf(value['params'])}`)
  }
  const names = signature.inputs.map((spec) => spec.name)
  const data = value[form]
  if (form === 'dataframe_split') return splitBatch(data, names)
  if (form === 'dataframe_records') return recordsBatch(data, form, names)
  if (form === 'inputs' && isObject(data)) return columnsBatch(data)
  return Array.isArray(data) && isObject(data[0]) ? recordsBatch(data, form, names) : listBatch(data, form, names)
}

function splitBatch(data: unknown, names: readonly string[]): Batch {
  if (!isObject(data)) throw wrongKind('dataframe_split', 'an object with columns and data', data)
  for (const key of Object.keys(data)) {
    if (!['columns', 'index', 'data'].includes(key))
      throw badRequest(`Cannot read dataframe_split: it has ${quote(key)}, expected columns, index and data`)
  }
  const { columns = names, index, data: rows } = data
  if (rows === undefined) throw badRequest('Cannot read dataframe_split: it lacks data, the list of rows')
  if (!Array.isArray(rows)) throw wrongKind('dataframe_split.data', 'a list of rows', rows)
  if (!Array.isArray(columns)) throw wrongKind('dataframe_split.columns', 'a list of names', columns)
  const odd = columns.find((name) => typeof name !== 'string')
  if (odd !== undefined) throw wrongKind('dataframe_split.columns', 'names as texts', odd)
  if (index !== undefined && index !== null && !(Array.isArray(index) && index.length === rows.length)) {
    throw badRequest(
      `Cannot read dataframe_split: index has ${Array.isArray(index) ? `${index.length} entries` : kindOf(index)}, data has ${rows.length} rows`,
    )
  }
  return tableBatch(rows, columns, 'dataframe_split.data')
}

function listBatch(data: unknown, form: string, names: readonly string[]): Batch {
  if (!Array.isArray(data)) throw wrongKind(form, 'a list of rows', data)
  // A model with one column takes the bare values too, as a one-dimensional array does in MLflow.
  const bare = names.length === 1 && data.every((row) => !Array.isArray(row))
  return tableBatch(bare ? data.map((value) => [value]) : data, names, form)
}

/** Rows as lists, their values in the order of `names`. */
function tableBatch(rows: readonly unknown[], names: readonly string[], form: string): Batch {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw badRequest(`Cannot read ${form}: column ${quote(twice)} stands twice`)
  const columns = names.map(() => new Array<unknown>(rows.length))
  rows.forEach((row, index) => {
    if (!Array.isArray(row)) throw wrongKind(`${form}[${index}]`, 'a list of values', row)
    if (row.length !== names.length) {
      throw badRequest(
        `Cannot read ${form}[${index}]: it has ${row.length} values for ${names.length} columns (${quoteNames(names)})`,
      )
    }
    for (let column = 0; column < names.length; column++) {
      const values = columns[column]
      if (values) values[index] = row[column]
    }
  })
  const entries = new Map(names.map((name, index) => [name, columns[index] ?? []]))
  return { rows: rows.length, columns: entries, kind: 'json', where: (row) => `${form}[${row}]` }
}

function recordsBatch(data: unknown, form: string, expected: readonly string[]): Batch {
  if (!Array.isArray(data)) throw wrongKind(form, 'a list of records', data)
  if (data.length === 0) return tableBatch(data, expected, form) // no record, so no name: no column is missing
  const names: string[] = []
  const places = new Map<string, number>()
  const values: unknown[][] = []
  data.forEach((record, index) => {
    if (!isObject(record)) throw wrongKind(`${form}[${index}]`, 'a record', record)
    const keys = Object.keys(record)
    for (let at = 0; at < keys.length; at++) {
      const name = keys[at] ?? ''
      // Records mostly have the same keys in the same order: then the place is known without a lookup.
      const place = names[at] === name ? at : (places.get(name) ?? addColumn(name))
      const column = values[place]
      if (column) column[index] = record[name]
    }
  })
  const columns = new Map(names.map((name, place) => [name, values[place] ?? []]))
  return { rows: data.length, columns, kind: 'json', where: (row) => `${form}[${row}]` }

  function addColumn(name: string): number {
    places.set(name, names.length)
    values.push([])
    return names.push(name) - 1
  }
}

function columnsBatch(data: Readonly<Record<string, unknown>>): Batch {
  const entries = Object.entries(data)
  const scalars = entries.length > 0 && entries.every(([, value]) => !Array.isArray(value))
  const columns = entries.map(([name, value]): [string, readonly unknown[]] => {
    if (scalars) return [name, [value]] // one row
    if (!Array.isArray(value)) throw wrongKind(`inputs[${quote(name)}]`, 'a list of values', value)
    return [name, value]
  })
  const rows = columns[0]?.[1].length ?? 0
  for (const [name, values] of columns) {
    if (values.length !== rows) {
      throw badRequest(
        `Cannot read inputs: column ${quote(name)} has ${values.length} values, column ${quote(columns[0]?.[0])} has ${rows}`,
      )
    }
  }
  const where: Batch['where'] = (row, column) => `inputs[${quote(column)}]${scalars ? '' : `[${row}]`}`
  return { rows, columns: new Map(columns), kind: 'json', where }
}

function csvBatch(text: string): Batch {
  const { header: names, headerLine, records } = parsedCsv(text)
  const seen = quoteLine(names.map((name) => csvField(name)).join(','))
  const header = `Its header line (line ${headerLine}) is ${seen}. ${sendHeader}`
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw badRequest(`Cannot read the CSV: column ${quote(twice)} stands twice. ${header}`)
  const columns = names.map((name, index): [string, (string | null)[]] => [
    name,
    records.map(({ fields }) => fields[index] || null),
  ])
  const where: Batch['where'] = (row) => `line ${records[row]?.line}`
  return { rows: records.length, columns: new Map(columns), kind: 'text', where, header }
}

const sendHeader = 'Send a header line with the column names first, then a line per row'

function parsedCsv(text: string): Csv {
  const csv = parseCsv(text)
  const [fault] = csv.faults
  if (fault) throw badRequest(`Cannot read the CSV: line ${fault.line}: ${fault.words}`)
  if (csv.header.length === 0) {
    throw badRequest(`Cannot read the CSV: it is empty. ${sendHeader}`)
  }
  const ragged = csv.records.find(({ fields }) => fields.length !== csv.header.length)
  if (ragged) {
    const [values, columns] = [ragged.fields.length, csv.header.length]
    throw badRequest(`Cannot read the CSV: line ${ragged.line} has ${values} values for ${columns} columns`)
  }
  return csv
}

function wrongKind(what: string, expected: string, value: unknown): RequestFault {
  return badRequest(`Cannot read ${what}: expected ${expected}, got ${kindOf(value)}`)
}

function kindOf(value: unknown): string {
  if (value === null || typeof value === 'object') return quote(value)
  return `the ${typeof value} ${quote(value)}`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
