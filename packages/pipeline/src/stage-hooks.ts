import { appendFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { quote } from './errors.ts'
import type { Executor } from './executors/executor.ts'
import type { Project } from './project.ts'
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

/** Says which content that the stage had not made is kept in the cache, and where all of it is listed. */
export function noteKept(
  project: Project,
  stage: Stage,
  kept: readonly { path: string; md5: string }[],
  hooks: Pick<StageHooks, 'onNote'>,
): void {
  const [first] = kept
  if (!first) return
  const list = join(project.stateFolder, 'tmp', 'kept.txt')
  const shown = (path: string) => relative(project.root, path)
  const lines = kept.map(({ path, md5 }) => `${quote(shown(path))} ${shown(project.cache.objectPath(md5))}\n`)
  appendFileSync(list, lines.join(''))
  const more =
    kept.length > 1 ? ` (and ${kept.length - 1} more file${kept.length > 2 ? 's' : ''}, listed in ${shown(list)})` : ''
  hooks.onNote(
    `${stage.address}: ${quote(shown(first.path))} was not made by this stage; its content is kept in ${shown(project.cache.objectPath(first.md5))}${more}`,
  )
}
