import { checkout } from '@waymark/content-store/checkout'
import { ignoreOuts } from './git-ignored-outs.ts'
import type { LockEntry } from './lock-entry.ts'
import type { Project } from './project.ts'
import { rememberFolders, type Snapshot } from './snapshot.ts'
import type { Stage } from './stage.ts'
import { inputEntry, isRunCacheable, missingInput } from './stage-entry.ts'
import { noteKept, type StageHooks } from './stage-hooks.ts'

/**
 * Checks out what a stage has made before from the same inputs.
 * @returns the entry it was restored by; undefined where the cache does not have it
 */
export async function restoreStage(
  project: Project,
  stage: Stage,
  now: Snapshot,
  locked: LockEntry | undefined,
  inputsUnchanged: boolean,
  hooks: Pick<StageHooks, 'onNote' | 'signal'>,
): Promise<LockEntry | undefined> {
  await keepUncached(project, now, locked)
  const known = await restorable(project, stage, now, locked, inputsUnchanged)
  if (!known) return undefined
  for (const out of stage.outs) {
    const wanted = known.outs.find((each) => each.path === out.path)
    if (!wanted?.md5) continue
    const present = now.outs.find((each) => each.path === out.path)?.content
    if (present?.md5 === wanted.md5 && !(await project.cache.hasWhole(wanted.md5))) await project.cache.save(present)
    hooks.signal.throwIfAborted()
    const { kept } = await checkout(out.at, { md5: wanted.md5, isexec: wanted.isexec }, project.cache, project.hashing)
    noteKept(project, stage, kept, hooks)
  }
  ignoreOuts(project.root, stage)
  // The inputs of a frozen stage may have moved on; they are not what it was made from.
  const entry: LockEntry = stage.frozen ? known : { ...inputEntry(stage, now), outs: known.outs }
  project.lock(stage).set(stage.name, entry)
  if (isRunCacheable(project, stage)) project.runCache.save(entry)
  rememberFolders(
    project,
    now.deps.map((dep) => dep.content),
  )
  return entry
}

/** An out that is still what the stage made, but whose object is gone from the cache, needs no run to get it back. */
async function keepUncached(project: Project, now: Snapshot, locked: LockEntry | undefined): Promise<void> {
  for (const { path, content, inCache } of now.outs) {
    const md5 = locked?.outs.find((each) => each.path === path)?.md5
    if (!inCache && content && content.md5 === md5) await project.cache.save(content)
  }
}

/**
 * @returns what a stage would be restored by: an entry whose outs are all in the cache, or in their place already;
 * undefined where it has to run
 */
export async function restorable(
  project: Project,
  stage: Stage,
  now: Snapshot,
  locked: LockEntry | undefined,
  inputsUnchanged: boolean,
): Promise<LockEntry | undefined> {
  if (!isRunCacheable(project, stage)) return undefined
  if (inputsUnchanged && locked && (await isRestorable(project, now, locked))) return locked
  if (stage.frozen || missingInput(now)) return undefined
  for (const entry of project.runCache.find(inputEntry(stage, now)))
    if (await isRestorable(project, now, entry)) return entry
  return undefined
}

async function isRestorable(project: Project, now: Snapshot, entry: LockEntry): Promise<boolean> {
  for (const { path, content } of now.outs) {
    const md5 = entry.outs.find((each) => each.path === path)?.md5
    if (md5 === undefined) return false
    if (content?.md5 !== md5 && !(await project.cache.hasWhole(md5))) return false
  }
  return true
}
