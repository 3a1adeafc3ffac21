import type { StageResult } from '@waymark/pipeline/events'
import { folderOf, type Plan } from './planned-stages.ts'
import { historyKeys } from './replay-training.ts'
import { declaredBy } from './stage-meta.ts'

/** @returns the keys of all metric histories that these stages leave. */
export async function historyKeysOf(plan: Plan, stages: readonly StageResult[]): Promise<Set<string>> {
  const keys = new Set<string>()
  for (const stage of stages) {
    for (const key of await historyKeys(folderOf(plan, stage.name), declaredBy(stage))) keys.add(key)
  }
  return keys
}
