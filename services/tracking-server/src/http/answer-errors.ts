import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import { type ErrorCode, statusOfError } from '@waymark/contract/errors'
import { InvalidKeyError, KeyConflictError, ObjectNotFoundError } from '@waymark/storage/object-store'
import type { Logger } from 'pino'
import { DatabaseUnavailableError, sqlStateOf } from '../db/connect.ts'
import { MlflowError } from './mlflow-error.ts'
import { BodyTooLargeError, UnsupportedBodyError } from './read-body.ts'
import { sendJson } from './reply.ts'

/** The other end of the connection is closed: nobody reads an answer. */
function isGone(request: IncomingMessage, response: ServerResponse): boolean {
  return (
    response.socket === null ||
    response.socket.destroyed ||
    response.destroyed ||
    (request.errored !== null && !request.complete)
  )
}

interface Answer {
  readonly status: number
  readonly code: ErrorCode
  readonly message: string
  readonly retryAfterSeconds?: number
}

/** Answers a request that failed. What is the caller's fault says so; what is ours is logged under an id. */
export function answerError(error: unknown, request: IncomingMessage, response: ServerResponse, log: Logger): void {
  if (isGone(request, response)) {
    log.info({ method: request.method, url: request.url }, 'the client hung up')
    response.destroy()
    return
  }
  const answer = answerOf(error) ?? unexpected(error, request, log)
  if (response.headersSent) {
    response.destroy() // half an answer must not look whole
    return
  }
  if (answer.retryAfterSeconds !== undefined) response.setHeader('retry-after', answer.retryAfterSeconds)
  const body = { error_code: answer.code, message: answer.message }
  if (request.complete) {
    sendJson(response, answer.status, body)
    return
  }
  // a body that was not read to its end leaves the connection unusable
  response.setHeader('connection', 'close')
  sendJson(response, answer.status, body, { end: false })
  endLater(request, response)
}

function answerOf(error: unknown): Answer | undefined {
  if (error instanceof MlflowError)
    return { status: statusOfError[error.code], code: error.code, message: error.message }
  if (error instanceof BodyTooLargeError)
    return { status: 413, code: 'INVALID_PARAMETER_VALUE', message: error.message }
  if (error instanceof UnsupportedBodyError) return { status: 415, code: 'BAD_REQUEST', message: error.message }
  if (error instanceof URIError) {
    return {
      status: 400,
      code: 'INVALID_PARAMETER_VALUE',
      message: 'Cannot read the address: its percent-encoding is broken',
    }
  }
  if (error instanceof InvalidKeyError) return { status: 400, code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' }
  if (error instanceof KeyConflictError) return { status: 400, code: 'INVALID_PARAMETER_VALUE', message: error.message }
  if (error instanceof ObjectNotFoundError)
    return { status: 404, code: 'RESOURCE_DOES_NOT_EXIST', message: error.message }
  if (error instanceof DatabaseUnavailableError) {
    const message = 'Cannot reach the database at the moment. Try again'
    return { status: 503, code: 'TEMPORARILY_UNAVAILABLE', message, retryAfterSeconds: 2 }
  }
  const state = sqlStateOf(error)?.code
  if (state === '40001' || state === '40P01') {
    const message = 'Other requests changed the same rows at the same time. Try again'
    return { status: 503, code: 'TEMPORARILY_UNAVAILABLE', message, retryAfterSeconds: 1 }
  }
  if (state?.startsWith('53')) {
    const message = 'The database has no room left. Tell whoever runs it'
    return { status: 503, code: 'TEMPORARILY_UNAVAILABLE', message, retryAfterSeconds: 30 }
  }
  // a value out of range, or longer than an index takes
  if (state?.startsWith('22') || state?.startsWith('54')) {
    const message = 'A value of this request is none that the database can keep or compare'
    return { status: 400, code: 'INVALID_PARAMETER_VALUE', message }
  }
  if (isUnreachable(error)) {
    const message = 'Cannot reach the artifact store at the moment. Try again'
    return { status: 503, code: 'TEMPORARILY_UNAVAILABLE', message, retryAfterSeconds: 2 }
  }
  if (isNoSpace(error))
    return {
      status: 507,
      code: 'RESOURCE_CONFLICT',
      message: 'The disk of the server is full. Nothing was kept of this upload',
    }
  return undefined
}

function unexpected(error: unknown, request: IncomingMessage, log: Logger): Answer {
  const id = randomUUID()
  log.error({ err: plainError(error), id, method: request.method, url: request.url }, 'request failed')
  return {
    status: 500,
    code: 'INTERNAL_ERROR',
    message: `The server failed on this request. Its log tells more under ${id}`,
  }
}

/** What a socket to the store says; one to the database is a DatabaseUnavailableError. */
function isUnreachable(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT'].includes(String(error.code))
  )
}

/** What a log should hold of an error: pg hangs its whole connection, with all that was said on it, on its errors. */
export function plainError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) }
  const code = 'code' in error ? error.code : undefined
  const cause = error.cause === undefined ? {} : { cause: plainError(error.cause) }
  return {
    type: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    stack: error.stack,
    ...cause,
  }
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}

/**
 * Takes a little more of an unwanted body before the connection is cut, which the end of the answer does: what a client
 * still writes would break, and it would not get to read the answer.
 */
function endLater(request: IncomingMessage, response: ServerResponse): void {
  const late = setTimeout(() => response.end(), 2000).unref()
  finished(request.resume(), () => {
    clearTimeout(late)
    response.end()
  })
}
