import type { Fingerprint } from '@waymark/content-store/fingerprint'
import type { LockEntry, LockPath } from './lock-entry.ts'
import type { Project } from './project.ts'
import type { Snapshot } from './snapshot.ts'
import type { Stage } from './stage.ts'
import type { Value } from './values.ts'

/** The inputs of a stage as a lock entry has them. */
export function inputEntry(stage: Stage, now: Pick<Snapshot, 'deps' | 'params'>): LockEntry {
  return {
    cmd: stage.cmd,
    deps: now.deps.map((dep) => lockPath(dep.path, dep.content)),
    params: new Map(now.params.map((seen) => [seen.path, seen.values ?? new Map<string, Value>()])),
    outs: stage.outs.map((out) => ({ path: out.path })),
  }
}

/** A dep or out as a lock entry has it. */
export function lockPath(path: string, content: Fingerprint | undefined): LockPath {
  if (!content) return { path }
  const { md5, size, nfiles, isexec } = content
  return { path, md5, size, ...(nfiles !== undefined && { nfiles }), ...(isexec && { isexec }) }
}

/** The first dep or params file that is not there, or the params missing from one. */
export function missingInput(now: Snapshot): { path: string; keys?: readonly string[] } | undefined {
  for (const { path, content } of now.deps) {
    if (!content) return { path }
    if (content.lost) return { path: `${path}/${content.lost[0]}` }
  }
  for (const { path, keys, values } of now.params) {
    if (!values) return { path }
    const missing = keys === 'all' ? [] : keys.filter((key) => !values.has(key))
    if (missing.length > 0) return { path, keys: missing }
  }
  return undefined
}

/** DVC's rule for which stages its run cache knows. */
export function isRunCacheable(project: Project, stage: Stage): boolean {
  const isInside = (path: string) => path.startsWith(`${project.root}/`)
  return (
    stage.deps.length + stage.params.length > 0 &&
    stage.outs.length > 0 &&
    !stage.alwaysChanged &&
    stage.outs.every((out) => !out.persist && isInside(out.at)) &&
    stage.outs.every((out) => out.cache || out.role !== 'out')
  )
}
