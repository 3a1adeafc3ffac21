import { join } from 'node:path'
import { sayFsError } from '@waymark/content-store/fs-errors'
import { type LockOwner, takeLock } from '@waymark/content-store/project-lock'
import { PipelineError } from './errors.ts'
import type { ReproEvent, ReproOptions, ReproResult, StageResult } from './events.ts'
import type { Executor } from './executors/executor.ts'
import { processExecutor } from './executors/process.ts'
import { refuseTrackedOuts } from './git-ignored-outs.ts'
import { type LastLines, lastLines } from './last-lines.ts'
import { tokenVariable } from './leftover-processes.ts'
import type { LockEntry } from './lock-entry.ts'
import { recoverOuts } from './outs-aside.ts'
import { makeStateFolder, openProject, type Project } from './project.ts'
import { refuseLedOutside } from './refuse-outs.ts'
import { restoreStage } from './restore-stage.ts'
import { runStage } from './run-stage.ts'
import { type Snapshot, takeSnapshot } from './snapshot.ts'
import type { Stage } from './stage.ts'
import { StageFailure } from './stage-failure.ts'
import { type StageGraph, stageGraph } from './stage-graph.ts'
import { stateOf } from './state-of.ts'
import { resultOf } from './status.ts'
import { selectTargets } from './targets.ts'
import { type Change, isMissingOut, sayChange, whyRun } from './why-run.ts'

const tailLines = 40

/**
 * Brings stages up to date: each is left alone, restored from the cache, or run, in the order of their needs, until one
 * fails. One repro at a time works on a project; another waits.
 * @throws {PipelineError} where stage files or locks are wrong; nothing was changed then
 */
export async function reproduce(options: ReproOptions): Promise<ReproResult> {
  const outer = options.signal ?? new AbortController().signal
  const project = await openProject(options.root, outer)
  refuseInsideStage(project)
  const graph = stageGraph(project.stages, project.root)
  const order = graph.order(selectTargets(project.stages, options.targets ?? []))
  makeStateFolder(project)
  await using lock = await takeLock(join(project.stateFolder, 'tmp', 'repro-lock'), {
    command: 'repro',
    signal: outer,
    onWait: (owner) => options.onEvent?.({ kind: 'note', text: waitingText(owner) }),
  })
  const signal = AbortSignal.any([outer, lock.lost])
  for (const stage of await recoverOuts(project)) {
    options.onEvent?.({
      kind: 'note',
      text: `${stage}: an earlier repro was killed; its outs are back as they were before`,
    })
  }
  const result = await new Repro({ ...options, signal }, project, graph)
    .run(order)
    .finally(() => project.hashing.state.save())
  await options.settle?.(result)
  return result
}

class Repro {
  readonly #options: ReproOptions & { signal: AbortSignal }
  readonly #project: Project
  readonly #graph: StageGraph
  readonly #results: StageResult[] = []
  readonly #entries = new Map<string, LockEntry>()
  #env: Readonly<Record<string, string>> | undefined

  constructor(options: ReproOptions & { signal: AbortSignal }, project: Project, graph: StageGraph) {
    this.#options = options
    this.#project = project
    this.#graph = graph
  }

  async run(order: readonly Stage[]): Promise<ReproResult> {
    let failed = false
    for (const stage of order) {
      const result: StageResult = failed ? this.#notReached(stage) : await this.#visit(stage, order)
      failed ||= result.state === 'failed'
      this.#results.push(result)
      this.#tell({ kind: 'stage done', result })
    }
    return { stages: this.#results, state: failed ? undefined : stateOf(this.#entries) }
  }

  async #visit(stage: Stage, order: readonly Stage[]): Promise<StageResult> {
    const startedAt = performance.now()
    const locked = this.#project.lock(stage).get(stage.name)
    const seconds = () => (performance.now() - startedAt) / 1000
    let now: Snapshot | undefined
    let reasons: Change[] = []
    const attempt: Attempt = { stderr: lastLines(tailLines), began: false }
    try {
      now = await takeSnapshot(this.#project, stage, locked)
      const changes = whyRun(now, locked)
      reasons = changes.length === 0 && this.#options.force ? [{ kind: 'forced' }] : changes
      if (reasons.length === 0 && locked) {
        this.#entries.set(stage.address, locked)
        return { ...resultOf(this.#graph, stage, locked, now), seconds: seconds() }
      }
      await this.#begin(stage, reasons, order)
      refuseLedOutside(this.#project.root, stage)
      this.#tell({ kind: 'stage started', stage: stage.address, reasons })
      const { state, entry, exitCode } = await this.#bringUpToDate(stage, now, locked, changes, attempt)
      this.#entries.set(stage.address, entry)
      const result = resultOf(this.#graph, stage, entry, now)
      return { ...result, state, reasons, seconds: seconds(), ...(exitCode !== undefined && { exitCode }) }
    } catch (error) {
      if (error instanceof BeginError) throw error.cause
      const failure = this.#failure(error)
      return {
        ...resultOf(this.#graph, stage, undefined, now),
        state: 'failed',
        reasons,
        seconds: seconds(),
        ...(attempt.began && { began: true, stderrTail: attempt.stderr.text() }),
        ...failure,
      }
    }
  }

  async #bringUpToDate(
    stage: Stage,
    now: Snapshot,
    locked: LockEntry | undefined,
    changes: readonly Change[],
    attempt: Attempt,
  ): Promise<{ state: 'ran' | 'restored'; entry: LockEntry; exitCode?: number }> {
    const hooks = {
      signal: this.#options.signal,
      env: this.#env ?? {},
      executor: noting(processExecutor, attempt),
      onOutput: (stream: 'stdout' | 'stderr', text: string) => {
        if (stream === 'stderr') attempt.stderr.add(text)
        this.#tell({ kind: 'output', stage: stage.address, stream, text })
      },
      onNote: (text: string) => this.#tell({ kind: 'note', stage: stage.address, text }),
    }
    if (stage.frozen && !changes.every(isMissingOut)) throw new StageFailure(frozenText(stage, changes))
    if (!this.#options.force || stage.frozen) {
      const inputsUnchanged = changes.every((change) => change.kind === 'out')
      const entry = await restoreStage(this.#project, stage, now, locked, inputsUnchanged, hooks)
      if (entry) return { state: 'restored', entry }
    }
    if (stage.frozen) throw new StageFailure(frozenText(stage, changes))
    return { state: 'ran', entry: await runStage(this.#project, stage, now, hooks), exitCode: 0 }
  }

  async #begin(stage: Stage, reasons: readonly Change[], order: readonly Stage[]): Promise<void> {
    if (this.#env) return
    try {
      await refuseTrackedOuts(this.#project.root, order)
      this.#env = (await this.#options.begin?.({ stage: stage.address, reasons })) ?? {}
    } catch (error) {
      throw new BeginError(error)
    }
  }

  #failure(error: unknown): Pick<StageResult, 'error' | 'exitCode'> {
    if (this.#options.signal.aborted) return { error: interruption(this.#options.signal) }
    if (error instanceof StageFailure) {
      return { error: error.message, ...(error.exitCode !== undefined && { exitCode: error.exitCode }) }
    }
    return { error: sayFsError(error) ?? (error instanceof Error ? error.message : String(error)) }
  }

  #notReached(stage: Stage): StageResult {
    return { ...resultOf(this.#graph, stage, undefined, undefined), state: 'not reached' }
  }

  #tell(event: ReproEvent): void {
    this.#options.onEvent?.(event)
  }
}

/** What is to be told of a stage that fails. */
interface Attempt {
  readonly stderr: LastLines
  /** Whether its command was started. */
  began: boolean
}

function noting(executor: Executor, attempt: Attempt): Executor {
  return {
    run(command, hooks) {
      attempt.began = true
      return executor.run(command, hooks)
    },
  }
}

/** `begin` refused; to be told from a stage that failed. */
class BeginError extends Error {
  constructor(cause: unknown) {
    super('begin failed', { cause })
  }
}

function interruption(signal: AbortSignal): string {
  const reason: unknown = signal.reason
  return reason instanceof Error && reason.name === 'LostLockError' ? reason.message : 'interrupted'
}

function frozenText(stage: Stage, changes: readonly Change[]): string {
  const why = changes.map(sayChange).join(', ') || 'it is forced'
  return `${stage.where} the stage is frozen, so it cannot run, but ${why}. Unfreeze it, or take the change back`
}

/** A stage that waited for its own repro to end would wait for ever. */
function refuseInsideStage(project: Project): void {
  if (process.env[tokenVariable] === undefined || process.env['DVC_ROOT'] !== project.root) return
  throw new PipelineError(
    'Cannot start a repro inside a stage of the same project: it would wait for itself. Let the stage run its steps directly',
  )
}

function waitingText(owner: LockOwner | undefined): string {
  const who = owner ? `process ${owner.pid} on ${owner.host} (${owner.command})` : 'another process'
  return `waiting for ${who}, which is reproducing this project`
}
