import { userInfo } from 'node:os'
import { basename, join } from 'node:path'
import type { RunInfo, RunStatus } from '@waymark/contract/runs'
import { eachOf, filesBelow, joinPath, openArtifacts } from './artifacts.ts'
import { createRunOnce, markedRun, type NewRun } from './create-run.ts'
import type { Entry } from './entries.ts'
import { Outbox } from './outbox.ts'
import { mayPass, messageOf, retrying } from './retry.ts'
import type { RunSettings } from './run-settings.ts'
import type { SpooledRun } from './spool.ts'

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

type Known = Pick<RunInfo, 'run_id' | 'experiment_id' | 'artifact_uri'>

/** @param ends whether disposing it ends the run */
export function activeRun(
  settings: RunSettings,
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

  /** Whoever logs into another's run has work of its own to end: that neither server nor disk takes more is only said. */
  const notKept = (error: unknown) => settings.onProblem(`Cannot keep all that was logged: ${messageOf(error)}`)

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
    [Symbol.asyncDispose]: () => (ends ? active.end() : outbox.close().catch(notKept)),
  }
  return active
}

/** While the server is away the child is made on disk only: it has an id that means nothing to the server. */
async function startChild(settings: RunSettings, request: NewRun, away: boolean): Promise<ActiveRun> {
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

export function ofServer(settings: RunSettings, info: RunInfo): SpooledRun {
  return { trackingUri: settings.trackingUri, runId: info.run_id }
}

/** Tags of every run that this program makes. */
export function originTags(): Record<string, string> {
  return {
    'mlflow.user': userName(),
    'mlflow.source.name': process.argv[1] ?? 'node',
    'mlflow.source.type': 'LOCAL',
  }
}

/** In a container the process's user id may have no name. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return process.env['USER'] ?? 'unknown'
  }
}

export function asTags(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }))
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
}
