import type { ErrorCode } from '@waymark/contract/errors'

/** A request that is answered with an error of MLflow's kind: `{error_code, message}`. */
export class MlflowError extends Error {
  override readonly name = 'MlflowError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** 400: what the caller sent cannot be. */
export function invalid(message: string): MlflowError {
  return new MlflowError('INVALID_PARAMETER_VALUE', message)
}

/** 400 in MLflow's words for one parameter; `value` is shown as compact JSON. */
export function invalidValue(parameter: string, value: unknown, reason: string): MlflowError {
  return invalid(`Invalid value ${shown(value)} for parameter '${parameter}' supplied: ${reason}`)
}

export function missingParameter(parameter: string): MlflowError {
  return invalid(
    `Missing value for required parameter '${parameter}'. See the API docs for more information about request parameters.`,
  )
}

/** 404 */
export function notFound(message: string): MlflowError {
  return new MlflowError('RESOURCE_DOES_NOT_EXIST', message)
}

/** 400, as MLflow answers a name that is taken. */
export function alreadyExists(message: string): MlflowError {
  return new MlflowError('RESOURCE_ALREADY_EXISTS', message)
}

/** Compact JSON with sorted keys, cut where it is long: an error repeats no megabytes. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value, sortedKeys) ?? 'null'
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
