import express, { type ErrorRequestHandler, type Express } from 'express'
import { artifactRoutes, proxyRoutes } from './artifacts/routes.ts'
import type { Context } from './context.ts'
import { experimentRoutes } from './experiments/routes.ts'
import { answerError } from './http/answer-errors.ts'
import { type GuardSettings, guard } from './http/guard.ts'
import { sendJson } from './http/reply.ts'
import { type RouteTable, routeTable } from './http/serve.ts'
import { loggedModelRoutes } from './logged-models/routes.ts'
import { metricRoutes } from './metrics/routes.ts'
import { modelVersionRoutes } from './model-versions/routes.ts'
import { registeredModelRoutes } from './registered-models/routes.ts'
import { runRoutes } from './runs/routes.ts'
import { healthRoutes, serverInfoRoutes } from './server-info/routes.ts'
import { webRoutes } from './web/routes.ts'

export interface AppOptions extends Context {
  readonly guard?: GuardSettings
  /** Stands before the UI's paths and `/ajax-api`; `''` or `/something`. */
  readonly staticPrefix?: string
  /** False, as with `--no-serve-artifacts`: the artifact proxy answers 404, which no client repeats for minutes. */
  readonly serveArtifacts?: boolean
  /** Everything but the artifact proxy answers 503. */
  readonly artifactsOnly?: boolean
  /** The built web UI. */
  readonly webDir?: string | undefined
}

/** The tracking server's HTTP face, over a database and stores that others opened. */
export function createApp(options: AppOptions): Express {
  const { log, staticPrefix = '', artifactsOnly = false, serveArtifacts = true } = options
  const isProxy = (path: string) => !serveArtifacts && path.includes('/mlflow-artifacts/')
  const app = express()
  app.disable('x-powered-by').disable('etag')
  app.use(guard(options.guard ?? {}))
  healthRoutes(app, options)
  app.use(apiRoutes(options).handler)
  if (!artifactsOnly) app.use(webRoutes({ dir: options.webDir, staticPrefix }))
  app.use((request, response) => {
    const what = `${request.method} ${request.path.slice(0, 200)}`
    if (artifactsOnly) {
      const message = `${what} is not served: this server was started with --artifacts-only`
      sendJson(response, 503, { error_code: 'TEMPORARILY_UNAVAILABLE', message })
      return
    }
    const message = isProxy(request.path)
      ? `${what} is not served: this server was started with --no-serve-artifacts. Reach the artifacts at their own place`
      : `No such endpoint: ${what}`
    sendJson(response, 404, { error_code: 'ENDPOINT_NOT_FOUND', message })
  })
  const answer: ErrorRequestHandler = (error, request, response, _next) => answerError(error, request, response, log)
  app.use(answer)
  return app
}

/** Every call of the API with its handler. */
export function apiRoutes(options: Omit<AppOptions, 'guard' | 'webDir'>): RouteTable {
  const { staticPrefix = '', serveArtifacts = true, artifactsOnly = false } = options
  const routes = routeTable({ staticPrefix })
  if (serveArtifacts) proxyRoutes(routes, options)
  serverInfoRoutes(routes)
  if (artifactsOnly) return routes
  experimentRoutes(routes, options)
  runRoutes(routes, options)
  metricRoutes(routes, options)
  registeredModelRoutes(routes, options)
  modelVersionRoutes(routes, options)
  loggedModelRoutes(routes, options)
  artifactRoutes(routes, options)
  return routes
}
