import type { ServerResponse } from 'node:http'
import { encodeJson } from '@waymark/contract/proto'

/** A reply whose JSON was made elsewhere (in PostgreSQL, for the hot reads). */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** Answers with JSON in one write: headers and body leave together. `end: false` leaves the end to the caller. */
export function sendJson(response: ServerResponse, status: number, body: unknown, { end = true } = {}): void {
  const text = body instanceof JsonText ? body.text : encodeJson(withoutEmptyLists(body))
  const bytes = Buffer.from(text)
  response.statusCode = status
  response.setHeader('content-type', 'application/json')
  response.setHeader('content-length', bytes.length)
  if (end) response.end(bytes)
  else response.write(bytes)
}

/** MLflow leaves empty lists out. */
function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([, item]) => item !== undefined && !(Array.isArray(item) && item.length === 0),
  )
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutEmptyLists(item)]))
}
