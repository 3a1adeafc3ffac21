import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { ActiveRun } from '@waymark/client/active-run'
import { connectTo, type Environment } from '@waymark/client/connection'
import { endChildren } from '@waymark/client/end-children'
import { leavesOf } from '@waymark/client/leaves'
import { paramKey } from '@waymark/client/param-key'
import type { Publication } from '@waymark/client/publish-model'
import { startRun } from '@waymark/client/run'
import { readSettings, type Settings } from '@waymark/settings/read-settings'
import { dataPrep } from './data_prep/task.ts'
import { predictionApp } from './prediction_app/task.ts'
import { publishPacked } from './publish-packed.ts'
import { type LineOutput, runStage, StageError } from './stage.ts'
import { stoppableRun } from './stoppable-run.ts'
import { training } from './training/task.ts'

export interface ProductiveOptions {
  /** The project: its config.yaml and its data. Nothing is written there. */
  readonly project: string
  /** `MLFLOW_TRACKING_URI` names the server; else config.yaml does. */
  readonly env: Environment
  readonly out: LineOutput
  readonly signal: AbortSignal
  readonly now?: () => number
}

export interface Deployed {
  readonly runId: string
  readonly publication: Publication
}

/**
 * Data preparation, training and deployment in one go, in this process and without the laboratory: no pipeline engine, no
 * lock, no cache. The stages work in a folder of their own, one run is logged, and the model is published as the recorder
 * of `waymark repro` does it.
 * @throws {StageError} before anything runs where tracking is off or its server does not answer: without a registry there
 *   is nothing to deploy to.
 */
export async function deployInOneGo(options: ProductiveOptions): Promise<Deployed> {
  const { project, env, out, signal } = options
  const config = join(project, 'config.yaml')
  const settings = await readSettings(config)
  const run = await startProductiveRun(settings, options)
  const stoppable = stoppableRun(run, signal)
  const root = await mkdtemp(join(tmpdir(), 'waymark-production-'))
  const work = workFolder(root, settings.data.source)
  try {
    out.write(`production  run ${run.id} in ${run.trackingUri}\n`)
    await logOrigin(run, { project, config, settings, env, out })
    await linkSource(project, work, settings.data.source)
    const at = { folder: work, config, env, out, run: stoppable.run }
    await endedBy(signal, () => runStage(dataPrep, at))
    await endedBy(signal, () => runStage(training, at))
    await endedBy(signal, () => runStage(predictionApp, at))
    const metrics = await logReports(run, work)
    const publication = await endedBy(signal, () => publishPacked(work, { settings, run, env, metrics }))
    await run.end('FINISHED')
    return { runId: run.id, publication }
  } catch (error) {
    await stoppable.settled()
    await endRun(run, { status: signal.aborted ? 'KILLED' : 'FAILED', env, out })
    throw error
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

async function startProductiveRun(
  { tracking }: Settings,
  { env, now = Date.now }: ProductiveOptions,
): Promise<ActiveRun> {
  const trackingUri = env['MLFLOW_TRACKING_URI'] || tracking.uri
  if (tracking.experiment_name === false) {
    throw new StageError(
      'Cannot deploy: config.yaml tracking.experiment_name is false, and a model is registered under its run. Name an experiment',
    )
  }
  if (!trackingUri)
    throw new StageError(
      'Cannot deploy: no tracking server is named. Set MLFLOW_TRACKING_URI, or tracking.uri in config.yaml',
    )
  const runName = `production-${new Date(now()).toISOString().slice(0, 19).replaceAll(':', '-')}`
  const start = {
    trackingUri,
    env,
    runName,
    experimentName: tracking.experiment_name,
    tags: { 'waymark.mode': 'production' },
  }
  return startRun({ ...start, spoolDir: join(tmpdir(), 'waymark-production-spool'), now }).catch((cause: unknown) => {
    throw new StageError(
      `Cannot deploy: the tracking server at ${trackingUri} takes no run. Start it, or set MLFLOW_TRACKING_URI`,
      { cause },
    )
  })
}

/** What the run was made from: the settings as params, config.yaml itself, the commit. */
async function logOrigin(
  run: ActiveRun,
  {
    project,
    config,
    settings,
    env,
    out,
  }: { project: string; config: string; settings: Settings; env: Environment; out: LineOutput },
): Promise<void> {
  const { data, training: search, serving } = settings
  const leaves = [...leavesOf({ data, training: search, serving }, '')]
  // MLflow takes 6,000 characters; config.yaml beside it has the whole of a longer value.
  run.logParams(
    Object.fromEntries(
      leaves.map(([key, value]) => [
        paramKey(key),
        (JSON.stringify(value) ?? '').length > 6000 ? 'see config.yaml' : value,
      ]),
    ),
  )
  await run.logArtifact(config)
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: project, env: { ...env } })
    run.setTag('mlflow.source.git.commit', stdout.trim())
  } catch {
    out.write('production  the run names no commit: git is not here, or this is no repository\n')
  }
}

/** Deep enough in `root` that a source above the project (`../`) is still within it. */
function workFolder(root: string, source: string): string {
  const levels = source.split('/').map((part) => (part === '..' ? 'above' : ''))
  return join(root, ...levels, 'work')
}

/** The stages find their source where config.yaml says, from the work folder on. */
async function linkSource(project: string, work: string, source: string): Promise<void> {
  if (isAbsolute(source)) return // it leads there from anywhere
  const link = resolve(work, source)
  await mkdir(dirname(link), { recursive: true })
  await symlink(resolve(project, source), link)
}

/** Uploads the reports and logs their numbers. @returns them by dotted key. */
async function logReports(run: ActiveRun, work: string): Promise<Record<string, number>> {
  await run.logArtifacts(join(work, 'reports'), 'reports')
  const metrics: Record<string, number> = {}
  for (const stage of [dataPrep.name, training.name, predictionApp.name]) {
    const report: unknown = JSON.parse(await readFile(join(work, 'reports', stage, 'metrics.json'), 'utf8'))
    for (const [key, value] of leavesOf(report, '')) {
      if (typeof value === 'number') metrics[paramKey(key in metrics ? `${stage}.${key}` : key)] = value
    }
  }
  run.logMetrics(metrics)
  await run.flush()
  return metrics
}

/** Ends the run, with the trials that training was not left the time to end. */
async function endRun(
  run: ActiveRun,
  { status, env, out }: { status: 'KILLED' | 'FAILED'; env: Environment; out: LineOutput },
): Promise<void> {
  await run.end(status)
  const server = { ...connectTo(run.trackingUri, { env }), signal: AbortSignal.timeout(5000) }
  const parent = { experimentId: run.experimentId, runId: run.id }
  await endChildren(server, parent, { status, at: Date.now() }).catch((error: unknown) => {
    out.write(`production  child runs of run ${run.id} may still be marked as running: ${error}\n`)
  })
}

/** What is under way goes on until the process ends; whoever waits for it hears of the signal at once. */
async function endedBy<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  signal.throwIfAborted()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const end = () => reject(signal.reason)
  signal.addEventListener('abort', end)
  try {
    return await Promise.race([work(), aborted])
  } finally {
    signal.removeEventListener('abort', end)
  }
}
