import type { ErrorCode } from '@waymark/contract/errors'

/** Room for MLflow's longest, the refused change of a param with two values of 6,000 characters. */
const longestMessage = 15_000

/** A request that is answered with an error of MLflow's kind: `{error_code, message}`. */
export class MlflowError extends Error {
  override readonly name = 'MlflowError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message, options)
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

/** Compact JSON with sorted keys, cut where it is long, and no more of `value` looked at: an error repeats no megabytes. */
export function shown(value: unknown, most = 300): string {
  const text = compact(value, most)
  return text.length > most ? `${text.slice(0, most)}…` : text
}

/** At least the first `most` characters of the JSON of `value`, and not much more. */
function compact(value: unknown, most: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, most + 1))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const isList = Array.isArray(value)
  const keys = isList ? value.keys() : Object.keys(value).slice(0, most).sort()
  let text = ''
  for (const key of keys) {
    const left = most - text.length
    if (left < 0) return `${isList ? '[' : '{'}${text}`
    const item: unknown = Reflect.get(value, key)
    text += `${text === '' ? '' : ','}${isList ? '' : `${compact(key, left)}:`}${compact(item, left - 1)}`
  }
  return isList ? `[${text}]` : `{${text}}`
}
