/** Pipeline events → a tracked run. The one place that knows both the pipeline and the tracking server. */
import { join } from 'node:path'
import type { ActiveRun } from '@waymark/client/active-run'
import { call } from '@waymark/client/call'
import type { Connection } from '@waymark/client/connection'
import { endChildren } from '@waymark/client/end-children'
import { findExperiment } from '@waymark/client/experiments'
import type { Publication } from '@waymark/client/publish-model'
import { mayPass, messageOf } from '@waymark/client/retry'
import { pipelineArtifacts, reproTags } from '@waymark/contract/repro-report'
import { type RunStatus, updateRun } from '@waymark/contract/runs'
import type { ReproEvent, ReproResult, StageResult } from '@waymark/pipeline/events'
import { runOfState } from './recorder/held-state.ts'
import { historyKeysOf, liveHistoryKeys } from './recorder/history-keys.ts'
import { isPublished } from './recorder/is-published.ts'
import { endPrevious, forgetRepro } from './recorder/previous-repro.ts'
import { publishBuild } from './recorder/publish-build.ts'
import {
  logLock,
  logStage,
  type RecorderOptions,
  type Recording,
  spoolDirOf,
  startRecording,
} from './recorder/recording.ts'
import { type RunningStage, reproReport } from './recorder/report.ts'
import { runMetrics } from './recorder/run-metrics.ts'
import { type TaskQueue, taskQueue } from './recorder/task-queue.ts'
import { quote, UserError } from './user-error.ts'

export interface Recorded {
  readonly id: string
  readonly name: string
  /** Page of the run in the web UI. */
  readonly url: string
  /** true: an earlier run that holds this state; no new one was made. */
  readonly held: boolean
  readonly publication?: Publication | undefined
  /** Why the model could not be published; the run has ended as FAILED. */
  readonly notPublished?: UserError | undefined
}

export interface ReproRecorder {
  /** Makes the run. @returns the environment that puts a stage's own logging into it. */
  begin(first?: RunningStage): Promise<Readonly<Record<string, string>>>
  onEvent(event: ReproEvent): void
  /** Ends the run with all that the stages left; where nothing was to do, finds the run of this state or makes it. */
  finish(result: ReproResult): Promise<Recorded>
  /** Ends the run of a repro that came to no result: interrupted, or broken off by an error. */
  abandon(status: RunStatus): Promise<Recorded | undefined>
}

export function recordRepro(options: RecorderOptions): ReproRecorder {
  return new Recorder(options)
}

class Recorder implements ReproRecorder {
  readonly #options: RecorderOptions
  readonly #server: Connection
  readonly #startedAt: number
  /** Names the run being recorded, so that the next repro can end it where this one is killed. */
  readonly #noteFile: string
  /** Uploads, aside from the stages. */
  readonly #tasks: TaskQueue
  #done: readonly StageResult[] = []
  #running: RunningStage | undefined
  #recording: Recording | undefined

  constructor(options: RecorderOptions) {
    this.#options = options
    this.#server = options.server.server
    this.#startedAt = options.now()
    this.#noteFile = join(options.stateFolder, 'repro-run.json')
    this.#tasks = taskQueue((error) =>
      options.onProblem(`The run does not hold all of this repro: ${messageOf(error)}`),
    )
  }

  async begin(first?: RunningStage): Promise<Readonly<Record<string, string>>> {
    this.#running = first
    await this.#endPrevious()
    const { run } = await this.#record().catch(this.#explain)
    const { trackingUri } = this.#options.server
    return {
      MLFLOW_TRACKING_URI: trackingUri,
      MLFLOW_EXPERIMENT_ID: run.experimentId,
      MLFLOW_RUN_ID: run.id,
      WAYMARK_SPOOL: spoolDirOf(this.#options),
    }
  }

  onEvent(event: ReproEvent): void {
    if (event.kind === 'stage started') {
      this.#running = event
      const recording = this.#recording
      if (recording && this.#done.some(({ state }) => state === 'ran')) {
        this.#tasks.add(() => this.#setRunning(recording.run))
      }
      this.#logReport()
    } else if (event.kind === 'stage done') {
      const { result } = event
      this.#running = undefined
      this.#done = [...this.#done, result]
      const recording = this.#recording
      if (recording) this.#tasks.add(() => logStage(recording, result))
      this.#logReport()
    }
  }

  async finish({ stages, state }: ReproResult): Promise<Recorded> {
    if (!this.#recording && state !== undefined) {
      await this.#endPrevious()
      const held = await this.#runThatHolds(state).catch(this.#explain)
      // Its model may have gone since, or be wanted under another name: then this state is recorded and published anew.
      if (held && (await isPublished(this.#server, stages, this.#options).catch(this.#explain))) return held
    }
    const recording = this.#recording ?? (await this.#record().catch(this.#explain))
    const { run, plan } = recording
    await this.#tasks.done()
    const whole = stages.filter(({ state }) => state !== 'failed' && state !== 'not reached')
    const taken = await historyKeysOf(plan, whole)
    const metrics = await runMetrics(plan, whole, taken)
    // Live histories make other names in this run only: publishing knows a metric by one name, also when it is restored.
    const live = await liveHistoryKeys(this.#server, run.id)
    run.logMetrics(live.length > 0 ? await runMetrics(plan, whole, new Set([...taken, ...live])) : metrics)
    for (const file of plan.stageFiles) this.#tasks.add(() => logLock(recording, file))
    if (state === undefined) return this.#end(recording, 'FAILED')
    try {
      const publication = await publishBuild(recording, this.#done, { ...this.#options, state, metrics })
      run.setTag(reproTags.lock, state)
      return { ...(await this.#end(recording, 'FINISHED', state)), publication }
    } catch (error) {
      // Only a finished run holds the state, so the next repro records and publishes it again.
      const ended = await this.#end(recording, 'FAILED', state)
      return { ...ended, notPublished: error instanceof UserError ? error : notPublished(error) }
    }
  }

  async abandon(status: RunStatus): Promise<Recorded | undefined> {
    return this.#recording && this.#end(this.#recording, status)
  }

  async #record(): Promise<Recording> {
    const recording = await startRecording(this.#options, {
      startedAt: this.#startedAt,
      noteFile: this.#noteFile,
      tasks: this.#tasks,
    })
    this.#recording = recording
    for (const result of this.#done) this.#tasks.add(() => logStage(recording, result))
    this.#logReport()
    return recording
  }

  /** MLflow's Python client ends the run that it was handed when its stage exits: it goes on. */
  async #setRunning({ id }: ActiveRun): Promise<void> {
    const quick = { ...this.#server, signal: AbortSignal.timeout(10_000) }
    const goesOn = { run_id: id, status: 'RUNNING', end_time: 0 } as const // 0: it has not ended
    await call(quick.base, updateRun, goesOn, quick).catch((error: unknown) => {
      if (!mayPass(error)) throw error // its end will tell what became of it
    })
  }

  /** Writes the report anew, as it is when its turn comes. */
  #logReport(end: { readonly state?: string | undefined; readonly endedAt?: number } = {}): void {
    const recording = this.#recording
    if (!recording) return
    this.#tasks.add(() => {
      const planned = recording.plan.stages
      const repro = { startedAt: this.#startedAt, planned, done: this.#done, running: this.#running, ...end }
      return recording.run.logJson(reproReport(repro), pipelineArtifacts.report)
    })
  }

  async #end({ run, name }: Recording, status: RunStatus, state?: string): Promise<Recorded> {
    const { now, onProblem } = this.#options
    this.#running = undefined
    this.#logReport({ state, endedAt: now() })
    await this.#tasks.done()
    if (status !== 'FINISHED') {
      const parent = { experimentId: run.experimentId, runId: run.id }
      await endChildren(this.#server, parent, { status, at: now() }).catch((error: unknown) =>
        onProblem(`The child runs of run ${run.id} may still be marked as running: ${messageOf(error)}`),
      )
    }
    await run.end(status)
    forgetRepro(this.#noteFile)
    this.#recording = undefined
    return { ...this.#page(run.experimentId, run.id, name), held: false }
  }

  /** Nothing was to do: the run that says so already, if this experiment has one. */
  async #runThatHolds(state: string): Promise<Recorded | undefined> {
    // Asked anew: a repro that this one has waited for may have made the experiment.
    const experiment = await findExperiment(this.#server, this.#options.tracking.experimentName)
    const held = experiment && (await runOfState(this.#server, experiment, state))
    return held && { ...this.#page(held.info.experiment_id, held.info.run_id, held.info.run_name), held: true }
  }

  async #endPrevious(): Promise<void> {
    const { env, now, signal, onProblem } = this.#options
    const dead = await endPrevious(this.#noteFile, { env, instead: this.#server, now, signal })
    if (dead) onProblem(`The repro before this one was killed: its run ${dead} is now marked so`)
  }

  readonly #explain = (error: unknown): never => {
    throw mayPass(error) ? notRecorded(this.#server.base, error) : error
  }

  /** In a container the server has a name that no browser knows: `WAYMARK_UI_URI` is where people see it. */
  #page(experimentId: string, id: string, name: string): Pick<Recorded, 'id' | 'name' | 'url'> {
    const base = this.#options.env['WAYMARK_UI_URI']?.replace(/\/+$/, '') || this.#server.base
    return { id, name, url: `${base}/experiments/${experimentId}/runs/${id}` }
  }
}

function notPublished(cause: unknown): UserError {
  return new UserError('not-published', {
    message: `Cannot publish the model: ${messageOf(cause)}`,
    hint: 'The stages are done and kept. Run waymark repro again: it records and publishes them without running anything',
    cause,
  })
}

function notRecorded(base: string, cause: unknown): UserError {
  return new UserError('server-away', {
    message: `Cannot make a run on the tracking server ${quote(base)}: ${messageOf(cause)}`,
    hint: 'See that it is up, or go on without: --no-track',
    cause,
  })
}
