/** MLflow's limits of names, values and pages, with its words. */
import { maxKeyLength, nameFault } from '@waymark/contract/names'
import { invalid, invalidValue } from './mlflow-error.ts'

/** MLflow cuts longer param values without a word. */
export const maxParamLength = 6000
/** MLflow cuts longer run tags without a word. */
export const maxTagLength = 8000

/** @throws {MlflowError} 400 where `key` is no key of a metric, param or tag. */
export function requireKey(key: string, path: string, what: string): void {
  if (key.length > maxKeyLength) throw tooLong(what, maxKeyLength)
  const fault = nameFault(key)
  if (fault) throw invalidValue(path, key, fault)
}

/** @throws {MlflowError} 400 where `text` is longer than `max` characters. */
export function requireLength(text: string | undefined, max: number, what: string): void {
  if (text !== undefined && text.length > max) throw tooLong(what, max)
}

/** @returns `text` as it is, or its first `max` characters. */
export function cut(text: string, max: number): string {
  return text.length > max ? text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '') : text
}

/** The rows of one page. @throws {MlflowError} 400 outside 1..most. */
export function pageSize(maxResults: number | undefined, { most, usual }: { most: number; usual?: number }): number {
  const size = maxResults ?? usual ?? 0
  if (size <= 0) {
    throw invalid(`Invalid value ${size} for parameter 'max_results' supplied. It must be a positive integer`)
  }
  if (size > most) {
    throw invalid(`Invalid value ${size} for parameter 'max_results' supplied. It must be at most ${most}`)
  }
  return size
}

function tooLong(what: string, max: number) {
  return invalid(`'${what}' exceeds the maximum length of ${max} characters`)
}
