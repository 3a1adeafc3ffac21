import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ActiveRun } from '@waymark/client/active-run'
import type { Environment } from '@waymark/client/connection'
import { ensureExperiment } from '@waymark/client/experiments'
import { startRun } from '@waymark/client/run'
import { machineTags } from '@waymark/contract/machine-tags'
import type { StageResult } from '@waymark/pipeline/events'
import type { TrackingSettings } from '@waymark/settings/tracking'
import type { ServerChoice } from './choose-server.ts'
import { describeEnvironment } from './environment.ts'
import { type GitState, gitState } from './git-state.ts'
import { logOuts } from './log-outs.ts'
import { lockArtifact, logSource, readStageFiles, sourceTags } from './log-source.ts'
import { folderOf, lockFileOf, lockFilesOf, type Plan, planRepro } from './planned-stages.ts'
import { noteRepro, thisProcess } from './previous-repro.ts'
import { replayTraining } from './replay-training.ts'
import { chooseRunName } from './run-name.ts'
import { runParams } from './run-params.ts'
import { declaredBy } from './stage-meta.ts'
import type { TaskQueue } from './task-queue.ts'

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

/** One run being recorded. */
export interface Recording {
  readonly run: ActiveRun
  readonly name: string
  readonly plan: Plan
  readonly git: GitState
  readonly params: Readonly<Record<string, string>>
}

/**
 * Makes the run, with the params, the pipeline and the source as they are now; uploads go through `tasks`.
 * @param noteFile names the run, so that the next repro can end it where this one is killed
 * @throws {UserError} where the run's name is taken
 */
export async function startRecording(
  options: RecorderOptions,
  { startedAt, noteFile, tasks }: { startedAt: number; noteFile: string; tasks: TaskQueue },
): Promise<Recording> {
  const { root, targets, env, server, tracking, command, now, signal, onProblem } = options
  const plan = await planRepro(root, targets) // what is wrong in it leaves no experiment behind
  const experiment = server.experiment ?? (await ensureExperiment(server.server, tracking.experimentName))
  const [name, git, environment] = await Promise.all([
    chooseRunName(server.server, experiment, { given: tracking.runName, now: new Date(startedAt) }),
    gitState(root, lockFilesOf(plan)),
    describeEnvironment(root, command),
  ])
  const stageFiles = await readStageFiles(root, plan.stageFiles)
  const run = await startRun({
    trackingUri: server.trackingUri,
    env,
    experimentId: experiment.experiment_id,
    runName: name,
    tags: { ...sourceTags(git), 'mlflow.source.name': command.join(' '), [machineTags.process]: thisProcess() },
    spoolDir: spoolDirOf(options),
    hurry: signal,
    onProblem,
    now,
  })
  const { trackingUri } = server
  noteRepro(noteFile, { trackingUri, experimentId: run.experimentId, runId: run.id })
  const { params, long } = runParams(plan.stages)
  run.logParams(params)
  for (const [path, value] of Object.entries(long)) tasks.add(() => run.logJson(value, path))
  for (const [path, text] of stageFiles) tasks.add(() => run.logText(text, path))
  tasks.add(() => logSource(run, root, git, environment))
  return { run, name, plan, git, params }
}

/** Where what the server cannot be sent waits. */
export function spoolDirOf({ stateFolder }: Pick<RecorderOptions, 'stateFolder'>): string {
  return join(stateFolder, 'spool')
}

/** Logs what a stage left; of one that did not run now, also what it logged when it did. */
export async function logStage({ run, plan }: Recording, stage: StageResult): Promise<void> {
  if (stage.state === 'failed' || stage.state === 'not reached') return
  if (stage.state !== 'ran') await replayTraining(run, folderOf(plan, stage.name), stage.name, declaredBy(stage))
  await logOuts(run, plan, stage)
}

export async function logLock({ run, plan }: Recording, stageFile: string): Promise<void> {
  const lock = join(plan.root, lockFileOf(stageFile))
  if (existsSync(lock)) await run.logText(await readFile(lock, 'utf8'), lockArtifact(stageFile, plan.stageFiles))
}
