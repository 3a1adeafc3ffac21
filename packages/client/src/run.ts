import { userInfo } from 'node:os'
import { basename, join } from 'node:path'
import { getRun, type RunInfo, type RunStatus } from '@waymark/contract/runs'
import { eachOf, filesBelow, joinPath, openArtifacts } from './artifacts.ts'
import { call } from './call.ts'
import { type Connection, connectTo, type Environment } from './connection.ts'
import { createRunOnce, markedRun, type NewRun } from './create-run.ts'
import type { Entry } from './entries.ts'
import { ensureExperiment } from './experiments.ts'
import { Outbox } from './outbox.ts'
import { mayPass, patienceOf, retrying } from './retry.ts'
import type { SpooledRun } from './spool.ts'

export interface RunOptions {
  /** Default: `MLFLOW_TRACKING_URI`. */
  readonly trackingUri?: string | undefined
  /** Variables of MLflow's clients; default `process.env`. */
  readonly env?: Environment
  readonly fetch?: typeof fetch
  readonly now?: () => number
  /**
   * Where to keep what cannot be sent; default `WAYMARK_SPOOL`, else `.waymark/spool` in the working folder. Nothing is
   * written there while the server answers.
   */
  readonly spoolDir?: string | undefined
  /** How long to wait for a server that is away before what is logged goes to the disk; default `WAYMARK_TRACKING_PATIENCE_MS`, else 30,000 ms. */
  readonly patienceMs?: number
  /** How long a point waits for others to be sent with it; default 250 ms. */
  readonly lingerMs?: number
  /** How often a server that stays away is asked again; default 10,000 ms. */
  readonly probeMs?: number
  /** Once aborted, nothing waits for a server that is away any more: the program is about to end. */
  readonly hurry?: AbortSignal | undefined
  /** Told what the server refuses or what had to be kept on disk; default: a line on stderr. */
  readonly onProblem?: (message: string) => void
}

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

/** A run that is being logged into. Disposing it ends a run that was started, and only flushes one that was attached to. */
export interface ActiveRun extends AsyncDisposable {
  readonly id: string
  readonly experimentId: string
  readonly trackingUri: string
  /** Root of the run's artifacts; empty while the server that would know it is away. */
  readonly artifactUri: string
  /** Buffered; never throws, never waits. NaN and ±Infinity are values like others. */
  logMetric(key: string, value: number, at?: { readonly step?: number; readonly timestamp?: number }): void
  logMetrics(
    values: Readonly<Record<string, number>>,
    at?: { readonly step?: number; readonly timestamp?: number },
  ): void
  /** A param never changes. Text goes as it is, anything else as JSON. */
  logParam(key: string, value: unknown): void
  logParams(values: Readonly<Record<string, unknown>>): void
  setTag(key: string, value: string): void
  setTags(values: Readonly<Record<string, string>>): void
  /** Uploads one file into the folder `artifactPath`, streamed. @throws where the file is not there or is refused. */
  logArtifact(localPath: string, artifactPath?: string): Promise<void>
  /** Uploads every file below `folder`, keeping their paths. */
  logArtifacts(folder: string, artifactPath?: string): Promise<void>
  logText(text: string, artifactFile: string): Promise<void>
  logJson(value: unknown, artifactFile: string): Promise<void>
  /** A run below this one, in the same experiment. */
  startChild(options: {
    readonly runName: string
    readonly tags?: Readonly<Record<string, string>>
  }): Promise<ActiveRun>
  /** Waits until all that was logged has reached the server, or the disk while the server is away. */
  flush(): Promise<void>
  /** Ends the run; a second call does nothing. */
  end(status?: RunStatus): Promise<void>
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
  const info = await createRunOnce(settings.server, request, { patienceMs: settings.patienceMs })
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

type Settings = Required<Omit<RunOptions, 'fetch' | 'hurry'>> & {
  hurry: AbortSignal | undefined
  server: Connection
  trackingUri: string
  spoolDir: string
}
type Known = Pick<RunInfo, 'run_id' | 'experiment_id' | 'artifact_uri'>

function settle(options: RunOptions): Settings {
  const env = options.env ?? process.env
  const { fetch } = options
  const server = connectTo(options.trackingUri, { env, ...(fetch ? { fetch } : {}) })
  return {
    env,
    server,
    trackingUri: server.base,
    now: options.now ?? Date.now,
    spoolDir: options.spoolDir || env['WAYMARK_SPOOL'] || join('.waymark', 'spool'),
    patienceMs: options.patienceMs ?? patienceOf(env),
    hurry: options.hurry,
    lingerMs: options.lingerMs ?? 250,
    probeMs: options.probeMs ?? 10_000,
    onProblem: options.onProblem ?? sayOnce,
  }
}

function activeRun(
  settings: Settings,
  run: SpooledRun,
  { run_id: id, experiment_id: experimentId, artifact_uri: artifactUri }: Known,
  { ends, away = false }: { ends: boolean; away?: boolean },
): ActiveRun {
  const { server, now } = settings
  const outbox = new Outbox({ ...settings, run }, { away })
  let ended = false

  async function upload(path: string, file: string | Uint8Array): Promise<void> {
    const source = typeof file === 'string' ? { file } : { bytes: file }
    if (outbox.isAway || artifactUri === '') return outbox.keepArtifact(path, source)
    try {
      await retrying(() => openArtifacts(server, artifactUri).put(path, source), settings)
    } catch (error) {
      if (!mayPass(error)) throw error
      await outbox.keepArtifact(path, source)
    }
  }

  const active: ActiveRun = {
    id,
    experimentId,
    trackingUri: settings.trackingUri,
    artifactUri,
    logMetric: (key, value, at) => active.logMetrics({ [key]: value }, at),
    logMetrics(values, { step = 0, timestamp = now() } = {}) {
      const entries = Object.entries(values)
      outbox.add(entries.map(([key, value]): Entry => ({ kind: 'metric', metric: { key, value, timestamp, step } })))
    },
    logParam: (key, value) => active.logParams({ [key]: value }),
    logParams(values) {
      outbox.add(
        Object.entries(values).map(([key, value]) => ({ kind: 'param', param: { key, value: asText(value) } })),
      )
    },
    setTag: (key, value) => active.setTags({ [key]: value }),
    setTags: (values) => outbox.add(asTags(values).map((tag) => ({ kind: 'tag', tag }))),
    logArtifact: (localPath, folder = '') => upload(joinPath(folder, basename(localPath)), localPath),
    async logArtifacts(folder, artifactPath = '') {
      await eachOf(await filesBelow(folder), (file) => upload(joinPath(artifactPath, file), join(folder, file)))
    },
    logText: (text, path) => upload(path, new TextEncoder().encode(text)),
    logJson: (value, path) => upload(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)),
    async startChild({ runName, tags = {} }) {
      const request = markedRun({
        experiment_id: experimentId,
        user_id: userName(),
        run_name: runName,
        start_time: now(),
        tags: asTags({ ...originTags(), ...tags, 'mlflow.parentRunId': id }),
      })
      return startChild(settings, request, outbox.isAway)
    },
    flush: () => outbox.flush(),
    async end(status = 'FINISHED') {
      if (!ended) outbox.add([{ kind: 'end', status, endTime: now() }])
      ended = true
      await outbox.close()
    },
    [Symbol.asyncDispose]: () => (ends ? active.end() : outbox.close()),
  }
  return active
}

/** While the server is away the child is made on disk only: it has an id that means nothing to the server. */
async function startChild(settings: Settings, request: NewRun, away: boolean): Promise<ActiveRun> {
  try {
    if (!away) {
      const info = await createRunOnce(settings.server, request, settings)
      return activeRun(settings, ofServer(settings, info), info, { ends: true })
    }
  } catch (error) {
    if (!mayPass(error)) throw error
  }
  const unknown = {
    run_id: `unsent-${crypto.randomUUID()}`,
    experiment_id: String(request.experiment_id),
    artifact_uri: '',
  }
  return activeRun(settings, { trackingUri: settings.trackingUri, create: request }, unknown, {
    ends: true,
    away: true,
  })
}

/** A hundred child runs have the same trouble; it is told once. */
function sayOnce(message: string): void {
  if (said.has(message)) return
  said.add(message)
  console.error(message)
}

const said = new Set<string>()

function ofServer(settings: Settings, info: RunInfo): SpooledRun {
  return { trackingUri: settings.trackingUri, runId: info.run_id }
}

async function experimentOf({ env, server, ...settings }: Settings, given: StartRunOptions): Promise<string> {
  const byName = (name: string) => retrying(async () => (await ensureExperiment(server, name)).experiment_id, settings)
  if (given.experimentId) return given.experimentId
  if (given.experimentName) return byName(given.experimentName)
  const { MLFLOW_EXPERIMENT_ID: id, MLFLOW_EXPERIMENT_NAME: name } = env
  return id || (name ? byName(name) : '0')
}

function originTags(): Record<string, string> {
  return {
    'mlflow.user': userName(),
    'mlflow.source.name': process.argv[1] ?? 'node',
    'mlflow.source.type': 'LOCAL',
  }
}

/** In a container the process's user id may have no name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return process.env['USER'] ?? 'unknown'
  }
}

function asTags(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
}
