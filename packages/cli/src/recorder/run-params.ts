import { createHash } from 'node:crypto'
import { leavesOf } from './flatten.ts'
import type { PlannedStage } from './planned-stages.ts'

/** MLflow's longest key and value (mlflow/utils/validation.py, 3.6), in characters. */
const longestKey = 250
const longestValue = 6000

/** Params of a run, and the values that are too long for one, in full. */
export interface RunParams {
  readonly params: Readonly<Record<string, string>>
  /** By artifact path; JSON. */
  readonly long: Readonly<Record<string, unknown>>
}

/**
 * The params of all stages as a run takes them: one param per leaf under its dotted key, lists as JSON. A key that two
 * files have gets the file in front: `params.yaml:lr`. A value over 6,000 characters is logged as its hash, and whole
 * as an artifact.
 */
export function runParams(stages: readonly Pick<PlannedStage, 'params'>[]): RunParams {
  const byKey = new Map<string, Map<string, unknown>>()
  for (const stage of stages) {
    for (const [file, values] of Object.entries(stage.params)) {
      for (const [key, value] of Object.entries(values)) {
        for (const [leaf, item] of leavesOf(value, key)) {
          const files = byKey.get(leaf) ?? new Map<string, unknown>()
          byKey.set(leaf, files.set(file, item))
        }
      }
    }
  }
  const params: Record<string, string> = {}
  const long: Record<string, unknown> = {}
  for (const [leaf, files] of byKey) {
    for (const [file, value] of files) {
      const key = paramKey(files.size > 1 ? `${file}:${leaf}` : leaf)
      const text = typeof value === 'string' ? value : JSON.stringify(value)
      params[key] = text
      if (text.length <= longestValue) continue
      const artifact = `params/${key.replaceAll(':', '_')}.json`
      params[key] = `sha256:${createHash('sha256').update(text).digest('hex')} (${artifact})`
      long[artifact] = value
    }
  }
  return { params, long }
}

/**
 * A key as MLflow takes it. What it refuses is written as the UTF-8 bytes in hex, percent-encoding with `:` for `%`,
 * which it refuses as well: `a@b` is `a:40b`. An overlong key ends in its MD5.
 */
export function paramKey(key: string): string {
  const encoded = key
    .replace(/[^\p{L}\p{N}_./\- :]/gu, hexBytes)
    // Names that would mean another path when read as one: a//b, a/./b, ../a, /a, a/
    .replace(/(?<=^|\/)(\.{1,2})(?=\/|$)/g, (dots) => hexBytes(dots))
    .replace(/^\/|(?<=\/)\/|\/$/g, hexBytes)
    .replace(/^\.\./, hexBytes)
  if (encoded.length <= longestKey) return encoded
  return `${encoded.slice(0, longestKey - 33)}-${createHash('md5').update(key).digest('hex')}`
}

function hexBytes(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `:${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
