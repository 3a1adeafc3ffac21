import type { StageResult } from '@waymark/pipeline/events'
import { type Change, sayChange } from '@waymark/pipeline/why-run'

/** A stage that is done, on one line: `training  ran, because config.yaml training.epochs changed 20 → 40   41 s`. */
export function sayStage(result: StageResult): string {
  const { name, state, reasons, seconds, began } = result
  switch (state) {
    case 'ran':
      return `${name}  ran${because(reasons)}   ${saySeconds(seconds)}`
    case 'restored':
      return `${name}  restored from cache${because(reasons)}   ${saySeconds(seconds)}`
    case 'failed':
      if (wasInterrupted(result)) return `${name}  interrupted   ${saySeconds(seconds)}`
      if (!began) return `${name}  failed before it ran   ${saySeconds(seconds)}`
      return `${name}  failed (it ran${because(reasons)})   ${saySeconds(seconds)}`
    case 'unchanged':
    case 'not reached':
      return `${name}  ${state}`
    default:
      return state satisfies never
  }
}

/** @returns whether a stage is failed only since somebody ended the repro, with Ctrl-C or a signal. */
export function wasInterrupted({ state, error }: StageResult): boolean {
  return state === 'failed' && error === 'interrupted'
}

/** `, because <the decisive reason>`, and how many others there are. */
export function because(reasons: readonly Change[]): string {
  const [first, ...others] = reasons
  if (!first) return ''
  return `, because ${sayChange(first)}${others.length > 0 ? ` (and ${others.length} more)` : ''}`
}

/** `0.2 s`, `41 s`, `3 min 05 s` */
export function saySeconds(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 120) return `${whole} s`
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}
