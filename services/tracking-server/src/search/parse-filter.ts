import { invalid } from '../http/mlflow-error.ts'
import { type Token, tokensOf } from './tokens.ts'

export type Filter =
  | Comparison
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }

export interface Comparison {
  readonly kind: 'comparison'
  /** What stands before the first dot, in lower case: `metrics`, `params`, …; undefined without a dot. */
  readonly entity: string | undefined
  readonly key: string
  readonly operator: Operator
  readonly value: Value
  /** As written, for errors. */
  readonly text: string
}

export type Operator =
  | '='
  | '!='
  | '>'
  | '>='
  | '<'
  | '<='
  | 'LIKE'
  | 'ILIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL'

export type Value =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly (string | number)[] }
  | { readonly kind: 'none' }

const maxDepth = 50
const maxComparisons = 200

/**
 * Reads MLflow's filter language (comparisons joined by AND, a trailing AND tolerated), and beyond it OR, NOT
 * and parentheses; NOT binds before AND, AND before OR.
 * @returns undefined for a filter with nothing in it.
 * @throws {MlflowError} 400, with MLflow's beginning of the message.
 */
export function parseFilter(text: string | undefined): Filter | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const reader = new Reader(tokensOf(text, 'filter string'))
  const filter = readOr(reader, 0)
  if (!reader.atEnd) throw reader.fault()
  return filter
}

class Reader {
  readonly #tokens: readonly Token[]
  #at = 0
  comparisons = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get atEnd(): boolean {
    return this.#at >= this.#tokens.length
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead]
  }

  next(): Token {
    const token = this.#tokens[this.#at++]
    if (!token) throw invalid('Invalid clause(s) in filter string: it ends where a value or a name is due')
    return token
  }

  takes(text: string): boolean {
    const token = this.peek()
    const found = token?.kind === 'word' ? token.word : token?.kind === 'sign' ? token.text : undefined
    if (found !== text) return false
    this.#at++
    return true
  }

  fault(token = this.peek()) {
    return invalid(`Invalid clause(s) in filter string: '${token?.text ?? ''}'`)
  }
}

function readOr(reader: Reader, depth: number): Filter {
  if (depth > maxDepth) throw invalid(`Invalid clause(s) in filter string: parentheses deeper than ${maxDepth}`)
  const parts = [readAnd(reader, depth)]
  while (reader.takes('OR')) parts.push(readAnd(reader, depth))
  return joinedBy('or', parts)
}

function readAnd(reader: Reader, depth: number): Filter {
  const parts = [readNot(reader, depth)]
  while (reader.takes('AND')) {
    if (reader.atEnd) break
    parts.push(readNot(reader, depth))
  }
  return joinedBy('and', parts)
}

function readNot(reader: Reader, depth: number): Filter {
  let negated = false
  while (reader.takes('NOT')) negated = !negated
  const part = readPart(reader, depth)
  return negated ? { kind: 'not', part } : part
}

function readPart(reader: Reader, depth: number): Filter {
  if (!reader.takes('(')) return readComparison(reader)
  const inner = readOr(reader, depth + 1)
  if (!reader.takes(')')) throw reader.fault()
  return inner
}

function joinedBy(kind: 'and' | 'or', parts: readonly Filter[]): Filter {
  const [only] = parts
  return parts.length === 1 && only ? only : { kind, parts }
}

function readComparison(reader: Reader): Comparison {
  if (++reader.comparisons > maxComparisons) {
    throw invalid(`Invalid clause(s) in filter string: more than ${maxComparisons} comparisons`)
  }
  const name = reader.next()
  const isName = name.kind === 'name' || (name.kind === 'text' && name.quote === '"')
  if (!isName) throw reader.fault(name)
  const { entity, key } = name.kind === 'name' ? name : { entity: undefined, key: name.value }
  const operator = readOperator(reader, name)
  const value = readValue(reader, operator)
  const text = `${name.text} ${operator} ${wordsOf(value)}`.trim()
  return { kind: 'comparison', entity: entity?.toLowerCase(), key, operator, value, text }
}

function readOperator(reader: Reader, name: Token): Operator {
  const token = reader.peek()
  if (!token) throw invalid(`Invalid clause(s) in filter string: '${name.text}'`)
  if (token.kind === 'sign' && !['(', ')', ','].includes(token.text)) {
    reader.next()
    return token.text as Operator // a comparison sign by the line above
  }
  if (reader.takes('LIKE')) return 'LIKE'
  if (reader.takes('ILIKE')) return 'ILIKE'
  if (reader.takes('IN')) return 'IN'
  if (reader.takes('NOT')) {
    if (reader.takes('IN')) return 'NOT IN'
    throw reader.fault()
  }
  if (reader.takes('IS')) {
    const operator = reader.takes('NOT') ? 'IS NOT NULL' : 'IS NULL'
    if (!reader.takes('NULL')) throw reader.fault()
    return operator
  }
  throw reader.fault()
}

function readValue(reader: Reader, operator: Operator): Value {
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') return { kind: 'none' }
  if (operator !== 'IN' && operator !== 'NOT IN') {
    const token = reader.next()
    if (token.kind === 'text') return { kind: 'text', text: token.value }
    if (token.kind === 'number') return { kind: 'number', value: token.value, text: token.text }
    if (token.kind === 'name') throw unquoted(token.text)
    throw reader.fault(token)
  }
  if (!reader.takes('(')) throw reader.fault()
  const items: (string | number)[] = []
  do {
    const token = reader.next()
    if (token.kind !== 'text' && token.kind !== 'number') throw reader.fault(token)
    items.push(token.value)
  } while (reader.takes(','))
  if (!reader.takes(')')) throw reader.fault()
  return { kind: 'list', items }
}

function unquoted(text: string) {
  return invalid(
    `Expected a quoted string value or a number, found '${text}'. Quote text with single or double quotes: '${text.slice(0, 80)}'`,
  )
}

function wordsOf(value: Value): string {
  if (value.kind === 'none') return ''
  if (value.kind === 'list') return `(${value.items.length} values)`
  return value.text.length > 80 ? `${value.text.slice(0, 80)}…` : value.text
}
