import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Rpc } from '@waymark/contract/rpc'
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
  readonly served: ReadonlySet<Rpc>
  add<Request extends z.ZodType, Reply extends z.ZodType>(
    rpc: Rpc<Request, Reply>,
    answer: (request: z.output<Request>) => Promise<z.input<Reply> | JsonText>,
  ): void
}

/** 32 MB: a full log-batch of long values has about 15. */
const bodyLimitBytes = 32 * 1024 * 1024

type Handle = (request: IncomingMessage, response: ServerResponse, fields: Record<string, unknown>) => Promise<void>

/** @param staticPrefix stands before `/ajax-api` paths, as with `mlflow server --static-prefix`. */
export function routeTable({ staticPrefix = '' }: { staticPrefix?: string } = {}): RouteTable {
  const fixed = new Map<string, Handle>()
  const withParameters = Router({ caseSensitive: true, strict: true })
  const served = new Set<Rpc>()
  return {
    served,
    add(rpc, answer) {
      const handle = handlerOf(rpc, answer as (request: unknown) => Promise<unknown>) // add() is where the types meet
      served.add(rpc)
      for (const prefix of rpc.prefixes) {
        const path = `${prefix.startsWith('/ajax-api') ? staticPrefix : ''}${prefix}${rpc.path}`
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
      const handle = fixed.get(`${request.method === 'HEAD' ? 'GET' : request.method} ${request.path}`)
      if (handle) await handle(request, response, {})
      else withParameters(request, response, next)
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
