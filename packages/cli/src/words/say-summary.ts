import type { StageResult } from '@waymark/pipeline/events'
import { saySeconds, wasInterrupted } from './say-stage.ts'

const outcomes = ['ran', 'restored', 'unchanged', 'failed', 'interrupted', 'not reached'] as const

/** What became of all stages, after a repro: one line per outcome, with the times. */
export function saySummary(stages: readonly StageResult[], seconds: number): string {
  const lines = outcomes.flatMap((outcome) => {
    const those = stages.filter((stage) => outcomeOf(stage) === outcome)
    if (those.length === 0) return []
    return [`  ${outcome.padEnd(11)}  ${those.length}   ${those.map(nameAndTime).join(', ')}`]
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

function outcomeOf(stage: StageResult): (typeof outcomes)[number] {
  return wasInterrupted(stage) ? 'interrupted' : stage.state
}

function nameAndTime({ name, state, seconds }: StageResult): string {
  return state === 'unchanged' || state === 'not reached' ? name : `${name} (${saySeconds(seconds)})`
}
