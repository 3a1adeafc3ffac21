import type { ReproStage } from '@waymark/contract/repro-report'

export interface ParamChange {
  /** As text, as the run's params are; absent where the param is new. */
  readonly old: string | undefined
}

/** @returns the params that made a stage run, by key. */
export function changedParams(stages: readonly ReproStage[]): Map<string, ParamChange> {
  const changed = new Map<string, ParamChange>()
  for (const { reasons } of stages) {
    for (const { kind, key, old } of reasons) {
      if (kind === 'param' && key !== undefined) changed.set(key, { old: old === undefined ? undefined : plain(old) })
    }
  }
  return changed
}

/** A value as JSON text → as the params of a run show it: text without its quotes. */
function plain(json: string): string {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value : json
  } catch {
    return json
  }
}
