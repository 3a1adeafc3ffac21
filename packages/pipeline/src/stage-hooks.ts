import { quote } from './errors.ts'
import type { Executor } from './executors/executor.ts'
import type { Stage } from './stage.ts'

/** What a stage that is brought up to date is given. */
export interface StageHooks {
  readonly signal: AbortSignal
  readonly env: Readonly<Record<string, string>>
  readonly executor: Executor
  onOutput(stream: 'stdout' | 'stderr', text: string): void
  /** One line for people about something that happened by the way. */
  onNote(text: string): void
}

/** Says which content that the stage had not made is kept in the cache. */
export function noteKept(
  stage: Stage,
  kept: readonly { path: string; md5: string }[],
  hooks: Pick<StageHooks, 'onNote'>,
): void {
  const [first] = kept
  if (!first) return
  const more = kept.length > 1 ? ` and ${kept.length - 1} more files` : ''
  hooks.onNote(
    `${stage.address}: ${quote(first.path)}${more} was not made by this stage; its content is kept in the cache as ${first.md5}`,
  )
}
