/** Pipeline events → a tracked run. The one place that knows both the pipeline and the tracking server. */

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Connection, Environment } from '@waymark/client/connection'
import { endChildren } from '@waymark/client/end-children'
import { ensureExperiment, findExperiment } from '@waymark/client/experiments'
import type { Publication } from '@waymark/client/publish-model'
import { mayPass, messageOf, patienceOf, retrying } from '@waymark/client/retry'
import { type ActiveRun, startRun } from '@waymark/client/run'
import { machineTags } from '@waymark/contract/machine-tags'
import { pipelineArtifacts, reproTags } from '@waymark/contract/repro-report'
import type { RunStatus } from '@waymark/contract/runs'
import type { ReproEvent, ReproResult, StageResult } from '@waymark/pipeline/events'
import type { TrackingSettings } from '@waymark/settings/tracking'
import type { ServerChoice } from './recorder/choose-server.ts'
import { describeEnvironment } from './recorder/environment.ts'
import { type GitState, gitState } from './recorder/git-state.ts'
import { runOfState } from './recorder/held-state.ts'
import { historyKeysOf } from './recorder/history-keys.ts'
import { logOuts } from './recorder/log-outs.ts'
import { lockArtifact, logSource, readStageFiles, sourceTags } from './recorder/log-source.ts'
import { writeBuildDetails } from './recorder/meta-json.ts'
import { folderOf, type Plan, planRepro } from './recorder/planned-stages.ts'
import { endPrevious, forgetRepro, noteRepro, thisProcess } from './recorder/previous-repro.ts'
import { describePackedModel, publish } from './recorder/publish.ts'
import { replayTraining } from './recorder/replay-training.ts'
import { type RunningStage, reproReport } from './recorder/report.ts'
import { runMetrics } from './recorder/run-metrics.ts'
import { chooseRunName } from './recorder/run-name.ts'
import { runParams } from './recorder/run-params.ts'
import { declaredBy } from './recorder/stage-meta.ts'
import { type TaskQueue, taskQueue } from './recorder/task-queue.ts'
import { quote, UserError } from './user-error.ts'

export interface RecorderOptions {
  readonly root: string
  /** Stages that were asked for; all when empty. */
  readonly targets: readonly string[]
  /** Folder for what must outlive this process. */
  readonly stateFolder: string
  readonly env: Environment
  readonly server: ServerChoice
  readonly tracking: TrackingSettings
  /** As typed. */
  readonly command: readonly string[]
  readonly now: () => number
  /** Aborted when the program is about to end: nothing waits for a server that is away any more. */
  readonly signal: AbortSignal
  readonly onProblem: (message: string) => void
}

export interface Recorded {
  readonly id: string
  readonly name: string
  /** Page of the run in the web UI. */
  readonly url: string
  /** true: an earlier run that holds this state; no new one was made. */
  readonly held: boolean
  readonly publication?: Publication | undefined
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

/** One run being recorded. */
interface Recording {
  readonly run: ActiveRun
  readonly name: string
  readonly plan: Plan
  readonly git: GitState
  readonly params: Readonly<Record<string, string>>
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
    const { run } = await this.#record().catch((error: unknown) => {
      throw mayPass(error) ? notRecorded(this.#server.base, error) : error
    })
    const { trackingUri } = this.#options.server
    return {
      MLFLOW_TRACKING_URI: trackingUri,
      MLFLOW_EXPERIMENT_ID: run.experimentId,
      MLFLOW_RUN_ID: run.id,
      WAYMARK_SPOOL: this.#spoolDir(),
    }
  }

  onEvent(event: ReproEvent): void {
    if (event.kind === 'stage started') {
      this.#running = event
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
      const held = await this.#runThatHolds(state)
      if (held) return held
    }
    const recording = this.#recording ?? (await this.#record())
    const { run, plan } = recording
    await this.#tasks.done()
    const whole = stages.filter(({ state }) => state !== 'failed' && state !== 'not reached')
    const metrics = await runMetrics(plan, whole, await historyKeysOf(plan, whole))
    run.logMetrics(metrics)
    for (const file of plan.stageFiles) this.#tasks.add(() => logLock(recording, file))
    if (state === undefined) return this.#end(recording, 'FAILED')
    try {
      const publication = await this.#publish(recording, { state, metrics })
      run.setTag(reproTags.lock, state)
      return { ...(await this.#end(recording, 'FINISHED', state)), publication }
    } catch (error) {
      // Only a finished run holds the state, so the next repro records and publishes it again.
      await this.#end(recording, 'FAILED', state)
      throw error instanceof UserError ? error : notPublished(error)
    }
  }

  async abandon(status: RunStatus): Promise<Recorded | undefined> {
    return this.#recording && this.#end(this.#recording, status)
  }

  async #record(): Promise<Recording> {
    const { root, targets, env, server, tracking, command, now, signal, onProblem } = this.#options
    const experiment = server.experiment ?? (await ensureExperiment(this.#server, tracking.experimentName))
    const [name, plan, git, environment] = await Promise.all([
      chooseRunName(this.#server, experiment, { given: tracking.runName, now: new Date(this.#startedAt) }),
      planRepro(root, targets),
      gitState(root),
      describeEnvironment(root, command),
    ])
    const stageFiles = await readStageFiles(root, plan.stageFiles)
    const run = await startRun({
      trackingUri: server.trackingUri,
      env,
      experimentId: experiment.experiment_id,
      runName: name,
      tags: { ...sourceTags(git), 'mlflow.source.name': command.join(' '), [machineTags.process]: thisProcess() },
      spoolDir: this.#spoolDir(),
      hurry: signal,
      onProblem,
      now,
    })
    const { trackingUri } = server
    noteRepro(this.#noteFile, { trackingUri, experimentId: run.experimentId, runId: run.id })
    const { params, long } = runParams(plan.stages)
    run.logParams(params)
    const recording = { run, name, plan, git, params }
    this.#recording = recording
    for (const [path, value] of Object.entries(long)) this.#tasks.add(() => run.logJson(value, path))
    for (const [path, text] of stageFiles) this.#tasks.add(() => run.logText(text, path))
    this.#tasks.add(() => logSource(run, root, git, environment))
    for (const result of this.#done) this.#tasks.add(() => logStage(recording, result))
    this.#logReport()
    return recording
  }

  async #publish(
    { run, plan, git, params }: Recording,
    { state, metrics }: { state: string; metrics: Readonly<Record<string, number>> },
  ): Promise<Publication | undefined> {
    const packing = this.#done.find((stage) => declaredBy(stage).register !== undefined)
    const register = packing && declaredBy(packing).register
    if (!packing || !register) return undefined
    const folder = folderOf(plan, packing.name)
    const model = await describePackedModel(folder, register)
    const { env, signal } = this.#options
    const patience = { patienceMs: patienceOf(env), hurry: signal }
    const to = { server: this.#server, run, metrics }
    const publication = await retrying(() => publish(folder, model, to), patience) // publishing twice changes nothing
    await writeBuildDetails(join(folder, register.meta), {
      name: model.name,
      registered_model: model.serving.registered_model,
      version: publication.version,
      run_id: run.id,
      metrics,
      params,
      git,
      lock: state,
      time: new Date(this.#options.now()),
    })
    return publication
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
    const { env, now, onProblem } = this.#options
    const dead = await endPrevious(this.#noteFile, { env, instead: this.#server, now })
    if (dead) onProblem(`The repro before this one was killed: its run ${dead} is now marked so`)
  }

  #spoolDir(): string {
    return join(this.#options.stateFolder, 'spool')
  }

  /** In a container the server has a name that no browser knows: `WAYMARK_UI_URI` is where people see it. */
  #page(experimentId: string, id: string, name: string): Pick<Recorded, 'id' | 'name' | 'url'> {
    const base = this.#options.env['WAYMARK_UI_URI']?.replace(/\/+$/, '') || this.#server.base
    return { id, name, url: `${base}/experiments/${experimentId}/runs/${id}` }
  }
}

async function logStage({ run, plan }: Recording, stage: StageResult): Promise<void> {
  if (stage.state === 'failed' || stage.state === 'not reached') return
  if (stage.state !== 'ran') await replayTraining(run, folderOf(plan, stage.name), stage.name, declaredBy(stage))
  await logOuts(run, plan, stage)
}

async function logLock({ run, plan }: Recording, stageFile: string): Promise<void> {
  const lock = join(plan.root, stageFile.replace(/\.yaml$/, '.lock'))
  if (existsSync(lock)) await run.logText(await readFile(lock, 'utf8'), lockArtifact(stageFile, plan.stageFiles))
}

function notRecorded(base: string, cause: unknown): UserError {
  return new UserError('server-away', {
    message: `Cannot make a run on the tracking server ${quote(base)}: ${messageOf(cause)}`,
    hint: 'See that it is up, or go on without: --no-track',
    cause,
  })
}

function notPublished(cause: unknown): UserError {
  return new UserError('not-published', {
    message: `Cannot publish the model: ${messageOf(cause)}`,
    hint: 'The stages are done and kept. Run waymark repro again: it records and publishes them without running anything',
    cause,
  })
}
