import type { StageResult, StageState } from '@waymark/pipeline/events'
import { saySeconds } from './say-stage.ts'

const states: readonly StageState[] = ['ran', 'restored', 'unchanged', 'failed', 'not reached']

/** What became of all stages, after a repro: one line per state that a stage is in, with the times. */
export function saySummary(stages: readonly StageResult[], seconds: number): string {
  const lines = states.flatMap((state) => {
    const those = stages.filter((stage) => stage.state === state)
    if (those.length === 0) return []
    return [`  ${state.padEnd(11)}  ${those.length}   ${those.map(nameAndTime).join(', ')}`]
  })
  return ['', `Execution summary   ${saySeconds(seconds)}`, ...lines].join('\n')
}

/** Why a stage failed and the end of what it wrote to stderr. */
export function sayFailure({ name, error, stderrTail }: StageResult): string {
  const why = `Stage ${name} failed: ${error ?? 'no reason is known'}`
  if (!stderrTail) return `\n${why}\n`
  const lines = stderrTail.split('\n')
  return `\n${why}\nThe last ${lines.length === 1 ? 'line' : `${lines.length} lines`} of its stderr:\n${stderrTail}\n`
}

function nameAndTime({ name, state, seconds }: StageResult): string {
  return state === 'unchanged' || state === 'not reached' ? name : `${name} (${saySeconds(seconds)})`
}
