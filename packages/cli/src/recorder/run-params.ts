import { createHash } from 'node:crypto'
import { leavesOf } from '@waymark/client/leaves'
import { paramKey } from '@waymark/client/param-key'
import type { PlannedStage } from './planned-stages.ts'

/** MLflow's longest value of a param (mlflow/utils/validation.py, 3.6), in characters. */
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
