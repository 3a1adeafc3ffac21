import { createHash } from 'node:crypto'
import { encodeJson } from '@waymark/contract/proto'
import { joined, type Sql, sql, verbatim } from '../db/sql.ts'
import { invalid } from '../http/mlflow-error.ts'

/** One column that a list is sorted by. It must never be null: see `nullsLast`. */
export interface SortKey {
  readonly expression: Sql
  readonly descending: boolean
  readonly type: 'bigint' | 'double precision' | 'text'
}

/** A sorted list that is read page by page: each page begins behind the last row of the one before. */
export interface Keyset {
  /** `… as k0, … as k1` for the select list; `tokenAfter` reads them from a row. */
  readonly columns: Sql
  /** By the names of `columns`, which the select list must hold: an expression is then worked out once. */
  readonly orderBy: Sql
  /** The rows behind the place that `token` stands for. @throws {MlflowError} 400 for a token that is not of this list. */
  after(token: string | undefined): Sql
  tokenAfter(row: object): string
}

/**
 * The page within `rows`, which may hold one row more than `size`: then there is a next page.
 * @returns the rows without the columns that only the token needs.
 */
export function pageOf<Row extends object>(order: Keyset, rows: readonly Row[], size: number) {
  const shown = rows.slice(0, size)
  const last = shown.at(-1)
  const next_page_token = rows.length > size && last ? order.tokenAfter(last) : undefined
  return { rows: shown.map(withoutKeys), ...(next_page_token ? { next_page_token } : {}) }
}

function withoutKeys<Row extends object>(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !/^k\d+$/.test(name))) as Row // only k0, k1, … are gone
}

/** The last key must tell rows apart. */
export function keyset(keys: readonly SortKey[]): Keyset {
  const mark = createHash('sha256').update(JSON.stringify(keys)).digest('base64url').slice(0, 8)
  return {
    columns: joined(
      keys.map((key, index) => sql`${key.expression} as ${verbatim(`k${index}`)}`),
      ', ',
    ),
    orderBy: joined(
      keys.map((key) => sql`${key.expression} ${verbatim(key.descending ? 'desc' : 'asc')}`),
      ', ',
    ),
    after: (token) => (token ? behind(keys, readToken(token, { mark, keys })) : sql`true`),
    tokenAfter(row) {
      const values = row as Record<string, unknown> // a row of a statement that selects `columns`
      return Buffer.from(encodeJson([mark, ...keys.map((_key, index) => values[`k${index}`])])).toString('base64url')
    },
  }
}

/** @returns keys that sort `expression` with missing values last in both directions, as MLflow does. */
export function nullsLast(key: SortKey): SortKey[] {
  const { expression, type } = key
  const filler = type === 'text' ? sql`''` : sql`0`
  return [
    { expression: sql`(${expression} is null)::int`, descending: false, type: 'bigint' },
    { ...key, expression: sql`coalesce(${expression}, ${filler})` },
  ]
}

/** `(k0, k1, …) > (v0, v1, …)` with a direction of its own for each; the first bound alone can use an index. */
function behind(keys: readonly SortKey[], values: readonly unknown[]): Sql {
  const [first] = keys
  if (!first) return sql`true`
  const bound = sql`${first.expression} ${verbatim(first.descending ? '<=' : '>=')} ${cast(values[0], first)}`
  return sql`(${bound} and ${from(keys, values, 0)})`
}

function from(keys: readonly SortKey[], values: readonly unknown[], index: number): Sql {
  const key = keys[index]
  if (!key) return sql`false`
  const value = cast(values[index], key)
  const further = sql`${key.expression} ${verbatim(key.descending ? '<' : '>')} ${value}`
  if (index === keys.length - 1) return further
  return sql`(${further} or (${key.expression} = ${value} and ${from(keys, values, index + 1)}))`
}

function cast(value: unknown, { type }: SortKey): Sql {
  return sql`${value}::${verbatim(type)}`
}

function readToken(token: string, { mark, keys }: { mark: string; keys: readonly SortKey[] }): unknown[] {
  const [found, ...values] = decode(token)
  if (found !== mark || values.length !== keys.length || !values.every((value, index) => fits(value, keys[index]))) {
    throw invalid('Invalid page token, it belongs to another search. Send it with the same order_by as before')
  }
  return values
}

function decode(token: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (Array.isArray(value)) return value
  } catch {
    // told below, as any other token that is none of ours
  }
  throw invalid('Invalid page token, it could not be read. Send it as it came')
}

function fits(value: unknown, key: SortKey | undefined): boolean {
  if (key?.type === 'text') return typeof value === 'string' && !value.includes('\u0000')
  if (key?.type === 'bigint') return Number.isSafeInteger(value)
  return typeof value === 'number' || value === 'Infinity' || value === '-Infinity' || value === 'NaN'
}
