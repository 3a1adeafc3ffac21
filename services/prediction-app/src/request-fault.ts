import type { ErrorCode } from '@waymark/contract/errors'

/** The request cannot be answered as it is; the message names the column, row or header at fault. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault'
  readonly status: number
  readonly code: ErrorCode
  /** When the same request may succeed, where that may come without the caller's doing. */
  readonly retryAfterSeconds: number | undefined

  constructor(status: number, code: ErrorCode, message: string, more: { retryAfterSeconds?: number } = {}) {
    super(message)
    this.status = status
    this.code = code
    this.retryAfterSeconds = more.retryAfterSeconds
  }
}

/** @returns a 400 in MLflow's words for a body of the wrong shape. */
export function badRequest(message: string): RequestFault {
  return new RequestFault(400, 'BAD_REQUEST', message)
}

/** @returns a 400 in MLflow's words for a body whose values do not fit the model. */
export function invalidValue(message: string): RequestFault {
  return new RequestFault(400, 'INVALID_PARAMETER_VALUE', message)
}

/** Text of a request as an error message shows it: quoted, and short. */
export function quote(value: unknown): string {
  return quoted(value, 80)
}

/** A whole line of a request as an error message shows it: quoted, and longer than a value. */
export function quoteLine(line: string): string {
  return quoted(line, 300)
}

/** Names as an error message shows them: quoted, the first twenty of many. */
export function quoteNames(names: readonly string[]): string {
  const more = names.length > 20 ? ` and ${names.length - 20} more` : ''
  return `${names.slice(0, 20).map(quote).join(', ')}${more}`
}

function quoted(value: unknown, atMost: number): string {
  // They may be as large and as deep as the body.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > atMost ? `${text.slice(0, atMost - 3)}…` : text
}
