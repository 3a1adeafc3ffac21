import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Rpc } from '@waymark/contract/rpc'
import type { StreamRoute } from '@waymark/contract/stream'
import type { RequestHandler } from 'express'
import { Router } from 'express'
import type { z } from 'zod'
import { parseRequest, queryFields } from './parse-request.ts'
import { readJsonObject, requireJson } from './read-body.ts'
import { type JsonText, sendJson } from './reply.ts'

/** The calls that a server answers, by method and path. */
export interface RouteTable {
  /** The Express middleware that answers them and passes all else on. */
  readonly handler: RequestHandler
  /** What is served, for the test that walks the contract. */
  readonly served: ReadonlySet<Rpc | StreamRoute>
  add<Request extends z.ZodType, Reply extends z.ZodType>(
    rpc: Rpc<Request, Reply>,
    answer: (request: z.output<Request>) => Promise<z.input<Reply> | JsonText>,
  ): void
  /** @param answer gets what stands for `*` in the path, percent-encoded as it came; `''` without one. */
  addStream(route: StreamRoute, answer: StreamAnswer): void
}

export type StreamAnswer = (request: IncomingMessage, response: ServerResponse, rest: string) => Promise<void>

/** 32 MB: a full log-batch of long values has about 15. */
const bodyLimitBytes = 32 * 1024 * 1024

type Handle = (request: IncomingMessage, response: ServerResponse, fields: Record<string, unknown>) => Promise<void>

/** @param staticPrefix stands before `/ajax-api` paths, as with `mlflow server --static-prefix`. */
export function routeTable({ staticPrefix = '' }: { staticPrefix?: string } = {}): RouteTable {
  const fixed = new Map<string, Handle>()
  const withParameters = Router({ caseSensitive: true, strict: true })
  const served = new Set<Rpc | StreamRoute>()
  const open: { method: string; start: string; end: string; answer: StreamAnswer }[] = []
  const prefixed = (path: string) => (path.startsWith('/api/') ? path : `${staticPrefix}${path}`)
  return {
    served,
    addStream(route, answer) {
      served.add(route)
      for (const path of route.paths.map(prefixed)) {
        const [start = '', end] = path.split('*')
        if (end !== undefined) open.push({ method: route.method, start, end, answer })
        else fixed.set(`${route.method} ${path}`, (request, response) => answer(request, response, ''))
      }
    },
    add(rpc, answer) {
      const handle = handlerOf(rpc, answer as (request: unknown) => Promise<unknown>) // add() is where the types meet
      served.add(rpc)
      for (const prefix of rpc.prefixes) {
        const path = prefixed(`${prefix}${rpc.path}`)
        if (!path.includes('{')) {
          fixed.set(`${rpc.method} ${path}`, handle)
          continue
        }
        const method = rpc.method.toLowerCase() as 'get' // Express names its methods in lower case
        withParameters[method](path.replace(/\{(\w+)\}/g, ':$1'), (request, response) =>
          handle(request, response, request.params),
        )
      }
    },
    async handler(request, response, next) {
      const method = request.method === 'HEAD' ? 'GET' : request.method
      // as it came: an artifact's path is decoded once, by the one who checks it
      const path = request.url.split('?', 1)[0] ?? ''
      const handle = fixed.get(`${method} ${path}`)
      if (handle) return handle(request, response, {})
      const found = open.find(
        ({ start, end, ...route }) =>
          route.method === method &&
          path.startsWith(start) &&
          path.endsWith(end) &&
          path.length >= start.length + end.length,
      )
      if (found) return found.answer(request, response, path.slice(found.start.length, path.length - found.end.length))
      withParameters(request, response, next)
    },
  }
}

function handlerOf(rpc: Rpc, answer: (request: unknown) => Promise<unknown>): Handle {
  return async (request, response, parameters) => {
    const fields = rpc.method === 'GET' ? await fieldsOfGet(rpc, request) : await fieldsOfBody(request)
    const reply = await answer(parseRequest(rpc.request, { ...fields, ...parameters }))
    sendJson(response, 200, reply)
  }
}

async function fieldsOfBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  // what a DELETE's path says may be all there is; a browser asks our leave before it sends one from another site
  if (request.method === 'DELETE' && !hasBody(request)) return {}
  requireJson(request)
  return readJsonObject(request, bodyLimitBytes)
}

/** A GET without a query may carry its fields in a JSON body, as some clients send them. */
async function fieldsOfGet(rpc: Rpc, request: IncomingMessage): Promise<Record<string, unknown>> {
  const url = request.url ?? ''
  const mark = url.indexOf('?')
  if (mark >= 0) return queryFields(rpc.request, new URLSearchParams(url.slice(mark + 1)))
  if (!hasBody(request)) return {}
  return fieldsOfBody(request)
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
