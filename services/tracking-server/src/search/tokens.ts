import { invalid } from '../http/mlflow-error.ts'

/** One word of a filter or of an order: see mlflow.utils.search_utils (3.6) for the grammar that it follows. */
export type Token =
  | { readonly kind: 'name'; readonly entity: string | undefined; readonly key: string; readonly text: string }
  | { readonly kind: 'text'; readonly value: string; readonly quote: '"' | "'"; readonly text: string }
  | { readonly kind: 'number'; readonly value: number; readonly text: string }
  | { readonly kind: 'word'; readonly word: Keyword; readonly text: string }
  | { readonly kind: 'sign'; readonly text: '=' | '!=' | '>' | '>=' | '<' | '<=' | '(' | ')' | ',' }

export type Keyword = (typeof keywords)[number]
const keywords = ['AND', 'OR', 'NOT', 'LIKE', 'ILIKE', 'IN', 'IS', 'NULL', 'ASC', 'DESC'] as const

/** The longest filter, in characters. */
const maxLength = 1_000_000

/** @throws {MlflowError} 400 where the text holds something that is no word of the language. */
export function tokensOf(text: string, what: string): Token[] {
  if (text.length > maxLength) throw invalid(`Invalid ${what}: it is longer than ${maxLength} characters`)
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const found = nextToken(text, at)
    if (found === undefined) {
      if (text[at] === ';')
        throw invalid(`Search filter contained multiple expression '${excerpt(text, 0)}'. Use AND or OR`)
      throw invalid(`Invalid clause(s) in ${what}: '${excerpt(text, at)}'`)
    }
    if (found.token) tokens.push(found.token)
    at = found.end
  }
  return tokens
}

/** @returns the beginning of `text` from `at`, as much as an error should repeat. */
export function excerpt(text: string, at: number): string {
  return text.length - at > 80 ? `${text.slice(at, at + 80)}…` : text.slice(at)
}

const blank = /\s+/y
const number = /[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?(?![\p{L}\p{N}_.])/uy
const sign = /!=|<>|>=|<=|==|[=<>(),]/y
const text = /'(?:''|\\'|[^'])*'|"(?:""|\\"|[^"])*"/y
const backticked = /`([^`]+)`/y
const word = /[\p{L}\p{N}_]+/uy
/** Behind the dot more is taken than MLflow takes without quotes: `metrics.val/loss`, `tags.a-b`. */
const key = /[\p{L}\p{N}_](?:[\p{L}\p{N}_./:@-]*[\p{L}\p{N}_])?/uy

function nextToken(source: string, at: number): { token?: Token; end: number } | undefined {
  const space = matchAt(blank, source, at)
  if (space) return { end: at + space[0].length }
  const signFound = matchAt(sign, source, at)
  if (signFound) {
    const same = signFound[0] === '<>' ? '!=' : signFound[0] === '==' ? '=' : signFound[0]
    return { token: { kind: 'sign', text: same as '=' }, end: at + signFound[0].length } // the pattern lists the signs
  }
  const numberFound = matchAt(number, source, at)
  if (numberFound) {
    return {
      token: { kind: 'number', value: Number(numberFound[0]), text: numberFound[0] },
      end: at + numberFound[0].length,
    }
  }
  return nameAt(source, at)
}

/** `metrics.acc`, `metrics."a b"`, `` `a b` ``, `"text"`, `'text'`, a keyword. */
function nameAt(source: string, at: number): { token: Token; end: number } | undefined {
  const quoted = matchAt(text, source, at)
  if (quoted) {
    const whole = quoted[0]
    const end = at + whole.length
    return { token: { kind: 'text', value: whole.slice(1, -1), quote: whole[0] as '"', text: whole }, end }
  }
  const ticked = matchAt(backticked, source, at)
  if (ticked) return withKey(source, at, at + ticked[0].length, ticked[1] ?? '')
  const plain = matchAt(word, source, at)
  if (!plain) return undefined
  const end = at + plain[0].length
  const keyword = keywords.find((known) => known === plain[0].toUpperCase())
  if (keyword && source[end] !== '.') return { token: { kind: 'word', word: keyword, text: plain[0] }, end }
  return withKey(source, at, end, plain[0])
}

function withKey(source: string, at: number, end: number, first: string): { token: Token; end: number } | undefined {
  if (source[end] !== '.') return { token: { kind: 'name', entity: undefined, key: first, text: first }, end }
  const quoted = matchAt(backticked, source, end + 1) ?? matchAt(text, source, end + 1)
  const plain = quoted ?? matchAt(key, source, end + 1)
  if (!plain) return undefined
  const name = quoted ? plain[0].slice(1, -1) : plain[0]
  const stop = end + 1 + plain[0].length
  return { token: { kind: 'name', entity: first, key: name, text: source.slice(at, stop) }, end: stop }
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(source)
}
