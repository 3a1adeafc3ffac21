import { ErrorBody } from '@waymark/contract/errors'
import { encodeJson } from '@waymark/contract/proto'
import type { Rpc } from '@waymark/contract/rpc'
import type { z } from 'zod'
import { ApiError } from './api-error.ts'
import { parseJson } from './parse-json.ts'

export interface CallOptions {
  readonly fetch?: typeof fetch
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/**
 * Calls the tracking server at `base` ("" in a page that the server itself has served) once, without a retry.
 * @throws {ApiError} where the server refuses, with its words; whatever `fetch` throws where it is not reached.
 */
export async function call<Request extends z.ZodType, Reply extends z.ZodType>(
  base: string,
  rpc: Rpc<Request, Reply>,
  request: z.input<Request>,
  { fetch: send = fetch, headers = {}, signal }: CallOptions = {},
): Promise<z.output<Reply>> {
  const { path, rest } = fillPath(rpc.path, request as Record<string, unknown>)
  const url = `${base}${rpc.prefixes[0]}${path}${rpc.method === 'GET' ? queryOf(rest) : ''}`
  const reply = await send(url, {
    method: rpc.method,
    headers: rpc.method === 'GET' ? headers : { 'content-type': 'application/json', ...headers },
    ...(rpc.method === 'GET' ? {} : { body: encodeJson(rest) }),
    ...(signal ? { signal } : {}),
  })
  if (!reply.ok) throw await errorOf(reply, url)
  return rpc.reply.parse(await reply.json())
}

/** @returns the error that an unsuccessful answer stands for, with the server's own words where it gave some. */
export async function errorOf(reply: Response, url: string): Promise<ApiError> {
  const text = await reply.text()
  const common = { status: reply.status, url, retryAfterMs: retryAfterMs(reply.headers.get('retry-after')) }
  const body = ErrorBody.safeParse(parseJson(text))
  if (body.success) return new ApiError({ ...common, code: body.data.error_code, message: body.data.message })
  const message = text.trim().slice(0, 500) || reply.statusText || `HTTP ${reply.status}`
  return new ApiError({ ...common, code: `HTTP_${reply.status}`, message })
}

/** `Retry-After` in seconds or as a date (RFC 9110, 10.2.3); at most a minute is waited for either. */
function retryAfterMs(header: string | null): number | undefined {
  if (!header) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isFinite(ms) ? Math.min(60_000, Math.max(0, ms)) : undefined
}

function fillPath(path: string, request: Record<string, unknown>): { path: string; rest: Record<string, unknown> } {
  const rest = { ...request }
  const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const value = rest[name]
    delete rest[name]
    return encodeURIComponent(String(value))
  })
  return { path: filled, rest }
}

function queryOf(fields: Record<string, unknown>): string {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(fields)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null) query.append(key, String(item))
    }
  }
  return query.size > 0 ? `?${query}` : ''
}
