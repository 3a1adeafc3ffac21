import { fingerprint } from '@waymark/content-store/fingerprint'
import { quote } from './errors.ts'
import type { LockEntry, LockPath } from './lock-entry.ts'
import type { Project } from './project.ts'
import { lookAtInputs, rememberFolders, type SeenParams, type SeenPath, type Snapshot } from './snapshot.ts'
import type { Stage } from './stage.ts'
import { inputEntry, isRunCacheable, lockPath } from './stage-entry.ts'
import { StageFailure } from './stage-failure.ts'
import type { StageHooks } from './stage-hooks.ts'
import { sameValue } from './values.ts'

/** Hashes and keeps the outs, and makes the entry. */
export async function keepResults(
  project: Project,
  stage: Stage,
  before: Snapshot,
  hooks: StageHooks,
): Promise<LockEntry> {
  const cacheable = isRunCacheable(project, stage)
  const outs: LockPath[] = []
  for (const out of stage.outs) {
    const content = await fingerprint(out.at, project.hashing)
    if (!content)
      throw new StageFailure(
        `output ${quote(out.path)} does not exist after the command (${stage.where}). Let the command make it, or take it out`,
      )
    if (content.lost)
      throw new StageFailure(
        `output ${quote(`${out.path}/${content.lost[0]}`)} is a link to nothing (${stage.where}). Let the command make it`,
      )
    if (content.manifest && out.role === 'metric')
      throw new StageFailure(
        `directory ${quote(out.path)} cannot be used as metrics (${stage.where}). Name the file in it`,
      )
    if (out.cache || cacheable) await project.cache.save(content)
    outs.push(lockPath(out.path, content))
  }
  const after = await lookAtInputs(project, stage, undefined)
  const inputs = withoutMoved(stage, before, after, hooks)
  const entry: LockEntry = { ...inputs.entry, outs }
  if (cacheable && !inputs.moved) project.runCache.save(entry)
  rememberFolders(
    project,
    before.deps.map((dep) => dep.content),
  )
  return entry
}

/**
 * An input that changed while the command ran is left without hash or value: nobody can say which content the outs were
 * made from, so the next repro runs the stage again.
 */
function withoutMoved(
  stage: Stage,
  before: Snapshot,
  after: Pick<Snapshot, 'deps' | 'params'>,
  hooks: StageHooks,
): { entry: LockEntry; moved: boolean } {
  const movedDeps = before.deps.filter((dep, i) => dep.content?.md5 !== after.deps[i]?.content?.md5)
  const movedParams = before.params.flatMap((seen, i) => movedKeys(seen, after.params[i]))
  const names = [...movedDeps.map((dep) => quote(dep.path)), ...movedParams.map(([path, key]) => `${path} ${key}`)]
  for (const name of names)
    hooks.onNote(`${stage.address}: ${name} changed while the stage ran; the next repro runs it again`)
  const entry = inputEntry(stage, before)
  const isMoved = (dep: LockPath) => movedDeps.some((moved: SeenPath) => moved.path === dep.path)
  return {
    moved: names.length > 0,
    entry: {
      ...entry,
      deps: entry.deps.map((dep) => (isMoved(dep) ? { path: dep.path } : dep)),
      params: new Map(
        [...entry.params].map(([path, values]) => [
          path,
          new Map([...values].filter(([key]) => !movedParams.some(([file, moved]) => file === path && moved === key))),
        ]),
      ),
    },
  }
}

function movedKeys(before: SeenParams, after: SeenParams | undefined): [path: string, key: string][] {
  const keys = [...(before.values?.keys() ?? [])]
  return keys
    .filter((key) => {
      const now = after?.values?.get(key)
      return now === undefined || !sameValue(before.values?.get(key) ?? null, now)
    })
    .map((key) => [before.path, key])
}
