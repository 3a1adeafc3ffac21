import express, { type Express } from 'express'
import type { Context } from './context.ts'
import { experimentRoutes } from './experiments/routes.ts'
import { answerError } from './http/answer-errors.ts'
import { type GuardSettings, guard } from './http/guard.ts'
import { sendJson } from './http/reply.ts'
import { type RouteTable, routeTable } from './http/serve.ts'
import { metricRoutes } from './metrics/routes.ts'
import { runRoutes } from './runs/routes.ts'

export interface AppOptions extends Context {
  readonly guard?: GuardSettings
  /** Stands before the UI's paths and `/ajax-api`; `''` or `/something`. */
  readonly staticPrefix?: string
}

/** The tracking server's HTTP face, over a database and a store that others opened. */
export function createApp(options: AppOptions): Express {
  const { log, staticPrefix = '' } = options
  const app = express()
  app.disable('x-powered-by').disable('etag')
  app.use(guard(options.guard ?? {}))
  app.get('/health', (_request, response) => void response.type('text/plain').end('OK'))
  app.use(apiRoutes(options, staticPrefix).handler)
  app.use((request, response) => {
    const message = `No such endpoint: ${request.method} ${request.path.slice(0, 200)}`
    sendJson(response, 404, { error_code: 'ENDPOINT_NOT_FOUND', message })
  })
  app.use(((error, request, response, _next) =>
    answerError(error, request, response, log)) as express.ErrorRequestHandler)
  return app
}

/** Every call of the API with its handler. */
export function apiRoutes(context: Context, staticPrefix = ''): RouteTable {
  const routes = routeTable({ staticPrefix })
  experimentRoutes(routes, context)
  runRoutes(routes, context)
  metricRoutes(routes, context)
  return routes
}
