import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express'
import type { Logger } from 'pino'
import { mlflowDialect } from './dialects/mlflow.ts'
import type { ModelSource } from './model-source.ts'
import { quote, RequestFault } from './request-fault.ts'

export interface PredictionAppOptions {
  readonly source: Pick<ModelSource, 'lease' | 'whyNone'>
  readonly log: Pick<Logger, 'error'>
  /** Bytes of a request body at most, unpacked; above it is a 413. */
  readonly maxBodyBytes?: number
}

/** Room for about 150,000 records of nine columns. */
export const defaultMaxBodyBytes = 16 * 1024 * 1024

/** The prediction app over whatever model its source holds. */
export function createPredictionApp({
  source,
  log,
  maxBodyBytes = defaultMaxBodyBytes,
}: PredictionAppOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(echoRequestId)
  app.use(mlflowDialect({ source, maxBodyBytes }))
  app.use((request) => {
    throw new RequestFault(
      404,
      'ENDPOINT_NOT_FOUND',
      `Cannot find ${request.method} ${request.path}. There are GET /, /ping, /health, /version and POST /invocations`,
    )
  })
  app.use(answerErrors(log, maxBodyBytes))
  return app
}

/** By the id that it gave its request a caller finds the answer again, and the log's line of what failed. */
const echoRequestId: RequestHandler = (request, response, next) => {
  const id = request.get('x-request-id')
  if (id) response.set('x-request-id', id)
  next()
}

/** Every refusal in MLflow's form. What went wrong inside goes to the log under an id, never to the caller. */
function answerErrors(log: PredictionAppOptions['log'], maxBodyBytes: number): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error)
    const fault = error instanceof RequestFault ? error : faultOfParser(error, request, maxBodyBytes)
    if (fault) {
      if (fault.retryAfterSeconds !== undefined) response.set('retry-after', String(fault.retryAfterSeconds))
      response.status(fault.status).json({ error_code: fault.code, message: fault.message })
      return
    }
    const id = crypto.randomUUID()
    const { method, path } = request
    log.error({ err: error, id, requestId: request.get('x-request-id'), method, path }, 'a request failed inside')
    response.status(500).json({
      error_code: 'INTERNAL_ERROR',
      message: `The prediction failed inside; the log has the cause under ${id}`,
    })
  }
}

/** @returns what Express's body parser refused, in our words; undefined for an error that is not its. */
function faultOfParser(error: unknown, request: Request, maxBodyBytes: number): RequestFault | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined
  if ('type' in error && error.type === 'entity.too.large') {
    const words = `Cannot read the body: it is larger than ${maxBodyBytes} bytes. Send the rows in several requests`
    return new RequestFault(413, 'BAD_REQUEST', words)
  }
  if (typeof error.status !== 'number' || error.status < 400 || error.status > 499) return undefined
  const packing = request.get('content-encoding')
  const packed = packing ? `. Its Content-Encoding is ${quote(packing)}` : ''
  return new RequestFault(error.status, 'BAD_REQUEST', `Cannot read the body: ${error.message}${packed}`)
}
