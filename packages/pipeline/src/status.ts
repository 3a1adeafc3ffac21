import { existsSync } from 'node:fs'
import type { StageResult } from './events.ts'
import type { LockEntry } from './lock-entry.ts'
import { openProject, type Project } from './project.ts'
import { restorable } from './restore-stage.ts'
import type { Snapshot } from './snapshot.ts'
import { takeSnapshot } from './snapshot.ts'
import type { Stage } from './stage.ts'
import { missingInput } from './stage-entry.ts'
import { type StageGraph, stageGraph } from './stage-graph.ts'
import { stateOf } from './state-of.ts'
import { selectTargets } from './targets.ts'
import { plain } from './values.ts'
import { type Change, isMissingOut, whyRun } from './why-run.ts'

/** What a repro would find, without running or changing anything. */
export interface Status {
  /** In the order of a repro. */
  readonly stages: readonly StageStatus[]
  /** The state these stages are in, the same MD5 that a repro gives; undefined where one of them has changes. */
  readonly state?: string | undefined
}

export interface StageStatus {
  readonly name: string
  /** Empty where it is up to date; a repro may yet run it for what the stages before it change. */
  readonly changes: readonly Change[]
  readonly needs: readonly string[]
  readonly next: NextStep
  /** The stages among its needs that have yet to settle what it reads. */
  readonly waitsFor: readonly string[]
  readonly frozen: boolean
  /** As a repro would report the stage, had it just been found unchanged. */
  readonly result: StageResult
}

/**
 * What a repro would do with a stage: leave it alone; restore it, because the cache has what it would make; run it; fail,
 * because it is frozen or lacks an input that no stage makes; or find out when the stages before it are settled.
 */
export type NextStep = 'nothing' | 'restore' | 'run' | 'fail' | 'wait'

/**
 * @param root the project's root
 * @param targets stages, with what they need; all when empty
 * @param options.signal ends the look, which then rejects with its reason
 * @throws {PipelineError} where stage files, params files or locks are wrong
 */
export async function status(
  root: string,
  targets: readonly string[] = [],
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Status> {
  const project = await openProject(root, signal)
  const graph = stageGraph(project.stages, project.root)
  const stages: StageStatus[] = []
  const entries = new Map<string, LockEntry>()
  const unsettled = new Set<string>()
  for (const stage of graph.order(selectTargets(project.stages, targets))) {
    signal?.throwIfAborted()
    const locked = project.lock(stage).get(stage.name)
    const snapshot = await takeSnapshot(project, stage, locked)
    const changes = whyRun(snapshot, locked)
    const needs = graph.needs(stage).map((needed) => needed.address)
    const waitsFor = stage.frozen ? [] : needs.filter((needed) => unsettled.has(needed))
    if (waitsFor.length > 0 || changes.length > 0) unsettled.add(stage.address)
    const next = waitsFor.length > 0 ? 'wait' : await nextStep(project, stage, { snapshot, locked, changes })
    const result = resultOf(graph, stage, locked, snapshot)
    stages.push({ name: stage.address, changes, needs, next, waitsFor, frozen: stage.frozen, result })
    if (locked && changes.length === 0) entries.set(stage.address, locked)
  }
  // A look leaves no folder behind where there was none.
  if (existsSync(project.stateFolder)) project.hashing.state.save()
  return { stages, state: entries.size === stages.length ? stateOf(entries) : undefined }
}

interface Found {
  readonly snapshot: Snapshot
  readonly locked: LockEntry | undefined
  readonly changes: readonly Change[]
}

async function nextStep(
  project: Project,
  stage: Stage,
  { snapshot, locked, changes }: Found,
): Promise<Exclude<NextStep, 'wait'>> {
  if (changes.length === 0) return 'nothing'
  if (stage.frozen && !changes.every(isMissingOut)) return 'fail'
  const inputsUnchanged = changes.every((change) => change.kind === 'out')
  if (await restorable(project, stage, snapshot, locked, inputsUnchanged)) return 'restore'
  return stage.frozen || missingInput(snapshot) ? 'fail' : 'run'
}

/** The fixed parts of a stage's result, with deps, outs and params as the lock has them, or else as they are now. */
export function resultOf(
  graph: StageGraph,
  stage: Stage,
  entry: LockEntry | undefined,
  now: Pick<Snapshot, 'deps' | 'params'> | undefined,
): StageResult {
  const locked = (paths: LockEntry['deps'] | undefined, path: string) => paths?.find((each) => each.path === path)
  return {
    name: stage.address,
    cmd: stage.cmd,
    state: 'unchanged',
    reasons: [],
    seconds: 0,
    needs: graph.needs(stage).map((needed) => needed.address),
    deps: stage.deps.map(({ path }) => {
      const content = now?.deps.find((dep) => dep.path === path)?.content
      return tracked(path, content ?? locked(entry?.deps, path))
    }),
    outs: stage.outs.map(({ path, role, cache }) => ({ ...tracked(path, locked(entry?.outs, path)), role, cache })),
    params: Object.fromEntries(
      stage.params.map(({ path }) => {
        const values = now?.params.find((seen) => seen.path === path)?.values ?? entry?.params.get(path) ?? new Map()
        return [path, Object.fromEntries([...values].map(([key, value]) => [key, plain(value)]))]
      }),
    ),
    ...(stage.meta !== undefined && { meta: plain(stage.meta) }),
  }
}

function tracked(
  path: string,
  content: { md5?: string | undefined; size?: number | undefined; nfiles?: number | undefined } | undefined,
) {
  return { path, md5: content?.md5, size: content?.size, nfiles: content?.nfiles }
}
