import type { ReproReport, ReproStage } from '@waymark/contract/repro-report'
import type { GraphStage } from '../../charts/stage-graph.tsx'
import { duration } from '../../ui/format.ts'

/** @returns the stages of a report as the graph shows them. */
export function graphStages(report: ReproReport): GraphStage[] {
  return report.stages.map((stage) => ({
    name: stage.name,
    needs: stage.needs,
    state: stage.state,
    words: stateWords(stage),
    reason: stage.error ?? stage.reasons[0]?.text ?? '',
  }))
}

/** "ran 41 s", "restored from cache 0.2 s", "failed after 3 s, exit code 1". */
export function stateWords({ state, seconds, exit_code }: Pick<ReproStage, 'state' | 'seconds' | 'exit_code'>): string {
  const time = duration(seconds * 1000)
  switch (state) {
    case 'ran':
      return `ran ${time}`
    case 'restored':
      return `restored from cache ${time}`
    case 'failed':
      return exit_code === null ? `failed after ${time}` : `failed after ${time}, exit code ${exit_code}`
    case 'unchanged':
    case 'waiting':
    case 'running':
    case 'not reached':
      return state
    default:
      return state satisfies never
  }
}

/** @returns why a stage that was not reached was not: the failed stages among all that it needs, however far. */
export function failedBefore(name: string, stages: readonly ReproStage[]): string[] {
  const needed = new Set([name])
  for (const each of needed)
    for (const need of stages.find((stage) => stage.name === each)?.needs ?? []) needed.add(need)
  return stages.filter((stage) => stage.state === 'failed' && needed.has(stage.name)).map((stage) => stage.name)
}
