import type { IncomingMessage } from 'node:http'
import { invalid } from './mlflow-error.ts'

/** The body is larger than this route takes. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
  readonly limitBytes: number

  constructor(limitBytes: number) {
    super(`Cannot take this request: its body is larger than ${limitBytes} bytes. Send it in smaller parts`)
    this.limitBytes = limitBytes
  }
}

/** The body is not JSON by its Content-Type, or is packed. */
export class UnsupportedBodyError extends Error {
  override readonly name = 'UnsupportedBodyError'
}

/** @throws {BodyTooLargeError} before anything is read where the length is declared, else as soon as it is passed. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw new BodyTooLargeError(limitBytes)
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new UnsupportedBodyError(`Cannot read a body with Content-Encoding "${encoding}". Send it unpacked`)
  }
  const chunks: Buffer[] = []
  let size = 0
  // the connection stays open where the loop is left early: the answer goes out on it
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false })
  for await (const chunk of body) {
    size += chunk.length
    if (size > limitBytes) throw new BodyTooLargeError(limitBytes)
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}

/**
 * The JSON object in a body. No body is the empty object; a JSON string that holds JSON is read a second
 * time, as old clients send it.
 * @throws {MlflowError} 400 for other than JSON, and for JSON that is no object.
 */
export async function readJsonObject(request: IncomingMessage, limitBytes: number): Promise<Record<string, unknown>> {
  const text = (await readBody(request, limitBytes)).toString('utf8')
  if (text.trim() === '') return {}
  let value = parseJson(text)
  if (typeof value === 'string') value = parseJson(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`Cannot read the request body: expected a JSON object, got ${kindOf(value)}`)
  }
  return value as Record<string, unknown> // an object by the line above
}

/** MLflow takes JSON by its Content-Type only: what a web form of another site can send is none. */
export function requireJson(request: IncomingMessage): void {
  const type = request.headers['content-type']
  if (type === undefined) throw invalid('Bad Request. Content-Type header is missing.')
  if (type.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
    throw invalid("Bad Request. Content-Type header must be one of ['application/json'].")
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid(`Cannot read the request body: it is not JSON (${error instanceof Error ? error.message : error})`)
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
