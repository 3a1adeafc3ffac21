import { getRun } from '@waymark/contract/runs'
import { type ActiveRun, activeRun, asTags, ofServer, originTags, userName } from './active-run.ts'
import { call } from './call.ts'
import type { Environment } from './connection.ts'
import { createRunOnce, markedRun } from './create-run.ts'
import { ensureExperiment } from './experiments.ts'
import { mayPass, retrying } from './retry.ts'
import { type RunOptions, type RunSettings, settle } from './run-settings.ts'

export interface StartRunOptions extends RunOptions {
  readonly experimentId?: string | undefined
  /** Made where there is none. Without id and name: `MLFLOW_EXPERIMENT_ID`, `MLFLOW_EXPERIMENT_NAME`, else the default one. */
  readonly experimentName?: string | undefined
  /** Default: a name that the server makes up. */
  readonly runName?: string | undefined
  readonly tags?: Readonly<Record<string, string>>
}

export interface AttachRunOptions extends RunOptions {
  /** Default: `MLFLOW_RUN_ID`. */
  readonly runId?: string | undefined
}

/**
 * Makes a run.
 * @throws {TrackingUriError} without a server's address, {@link ApiError} where the server refuses, fetch's error
 *   where it is not reached.
 */
export async function startRun(options: StartRunOptions = {}): Promise<ActiveRun> {
  const settings = settle(options)
  const request = markedRun({
    experiment_id: await experimentOf(settings, options),
    user_id: userName(),
    ...(options.runName ? { run_name: options.runName } : {}),
    start_time: settings.now(),
    tags: asTags({ ...originTags(), ...options.tags }),
  })
  const info = await createRunOnce(settings.server, request, settings)
  return activeRun(settings, ofServer(settings, info), info, { ends: true })
}

/**
 * Logs into a run that somebody else has made and will end. Nobody waits for a server that is away: what is logged goes
 * to the disk until it is back.
 */
export async function attachRun(options: AttachRunOptions = {}): Promise<ActiveRun> {
  const settings = settle(options)
  const runId = options.runId || settings.env['MLFLOW_RUN_ID']
  if (!runId) throw new Error('Cannot attach to a run: no id is given. Set MLFLOW_RUN_ID')
  try {
    const { run } = await retrying(() => call(settings.server.base, getRun, { run_id: runId }, settings.server), {
      patienceMs: Math.min(1000, settings.patienceMs),
      hurry: settings.hurry,
    })
    return activeRun(settings, ofServer(settings, run.info), run.info, { ends: false })
  } catch (error) {
    if (!mayPass(error)) throw error
    const unknown = { run_id: runId, experiment_id: settings.env['MLFLOW_EXPERIMENT_ID'] ?? '', artifact_uri: '' }
    return activeRun(settings, { trackingUri: settings.trackingUri, runId }, unknown, { ends: false, away: true })
  }
}

/** @returns the run that the environment names (as `waymark repro` does for a stage), or undefined where it names none. */
export async function attachRunOf(env: Environment, options: RunOptions = {}): Promise<ActiveRun | undefined> {
  if (!env['MLFLOW_TRACKING_URI'] || !env['MLFLOW_RUN_ID']) return undefined
  return attachRun({ ...options, env })
}

async function experimentOf({ env, server, ...settings }: RunSettings, given: StartRunOptions): Promise<string> {
  const byName = (name: string) => retrying(async () => (await ensureExperiment(server, name)).experiment_id, settings)
  if (given.experimentId) return given.experimentId
  if (given.experimentName) return byName(given.experimentName)
  const { MLFLOW_EXPERIMENT_ID: id, MLFLOW_EXPERIMENT_NAME: name } = env
  return id || (name ? byName(name) : '0')
}
