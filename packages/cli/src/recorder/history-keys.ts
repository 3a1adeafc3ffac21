import { call } from '@waymark/client/call'
import type { Connection } from '@waymark/client/connection'
import { mayPass } from '@waymark/client/retry'
import { getRun } from '@waymark/contract/runs'
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

/** @returns the keys that stages have logged step by step into the run themselves; none while the server is away. */
export async function liveHistoryKeys(server: Connection, runId: string): Promise<string[]> {
  const quick = { ...server, signal: AbortSignal.timeout(10_000) }
  try {
    const { metrics } = (await call(server.base, getRun, { run_id: runId }, quick)).run.data
    return metrics.flatMap(({ key, step }) => (step === 0 ? [] : [key]))
  } catch (error) {
    if (!mayPass(error)) throw error
    return []
  }
}
