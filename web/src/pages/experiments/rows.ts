import type { Experiment } from '@waymark/contract/experiments'

export interface ExperimentRow {
  readonly id: string
  readonly name: string
  /** Active top-level runs; absent while they are being counted. */
  readonly runs: number | undefined
  readonly running: number | undefined
  /** ms since epoch, start of the newest run */
  readonly lastActivity: number | undefined
}

/** `sweep 2` stands before `sweep 10`. */
const byName = new Intl.Collator(undefined, { numeric: true })

interface Summary {
  readonly runs: number
  readonly running: number
  readonly last_run_time?: number | undefined
}

/** @returns the experiments, those with the latest activity first, those without runs last by name. */
export function experimentRows(
  experiments: readonly Experiment[],
  summaries: ReadonlyMap<string, Summary> | undefined,
): ExperimentRow[] {
  return experiments
    .map(({ experiment_id, name }) => {
      const summary = summaries?.get(experiment_id)
      return {
        id: experiment_id,
        name,
        runs: summary?.runs ?? (summaries ? 0 : undefined),
        running: summary?.running,
        lastActivity: summary?.last_run_time,
      }
    })
    .sort((a, b) => (b.lastActivity ?? 0) - (a.lastActivity ?? 0) || byName.compare(a.name, b.name))
}
