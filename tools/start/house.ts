import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { PredictionAppError } from '@waymark/prediction-app/prediction-app-error'
import { startPredictionApp } from '@waymark/prediction-app/server'
import { readSettings } from '@waymark/settings/read-settings'
import { SettingsError } from '@waymark/settings/settings-error'
import { EmbeddedPostgresError } from '@waymark/tracking-server/db/cluster'
import { startEmbeddedPostgres } from '@waymark/tracking-server/db/embedded'
import { ServerStartError, startTrackingServer } from '@waymark/tracking-server/server'
import { announce } from '@waymark/tracking-server/state-folder'
import pino from 'pino'
import { buildWeb } from './build-web.ts'
import { checkPortFree } from './ports.ts'
import type { Say } from './say.ts'
import { StartError } from './start-error.ts'
import { takeStateFolder } from './state-folder.ts'

export interface HouseOptions {
  readonly root: string
  /** 0: any free port. */
  readonly port: number
  readonly predictionPort: number
  readonly say: Say
  readonly signal: AbortSignal
}

/** Everything `npm start` runs; disposed in the reverse order of its start. */
export interface House extends AsyncDisposable {
  readonly trackingUri: string
  readonly predictionUri: string
}

/** @throws {StartError} where something is in the way; what was started before is ended again. */
export async function startHouse(options: HouseOptions): Promise<House> {
  try {
    return await openHouse(options)
  } catch (error) {
    throw explained(error)
  }
}

async function openHouse({ root, port, predictionPort, say, signal }: HouseOptions): Promise<House> {
  await using stack = new AsyncDisposableStack()
  const { serving } = await readSettings(join(root, 'config.yaml'))
  const state = stack.use(await takeStateFolder(root))
  if (port !== 0) await checkPortFree(port, 'tracking server', '--port')
  if (predictionPort !== 0) await checkPortFree(predictionPort, 'prediction app', '--prediction-port')

  const [postgres] = await bothOf(
    startDatabase(join(state.path, 'postgres'), { say, signal, stack }),
    buildPages(root, say, signal),
  )
  signal.throwIfAborted()

  const log = pino({ level: 'warn' }, pino.destination({ dest: join(state.path, 'server.log'), sync: true }))
  const server = stack.use(
    await startTrackingServer({
      host: '127.0.0.1',
      port,
      backendStoreUri: postgres.uri,
      artifactsDestination: join(state.path, 'artifacts'),
      defaultArtifactRoot: 'mlflow-artifacts:/',
      serveArtifacts: true,
      artifactsOnly: false,
      staticPrefix: '',
      webDir: join(root, 'web', 'dist'),
      log,
    }),
  )
  say(`tracking server on ${server.url}`)
  const app = stack.use(
    await startPredictionApp({
      port: predictionPort,
      trackingUri: server.url,
      modelName: serving.registered_model,
      cacheFolder: join(state.path, 'models'),
      drainMs: 1_000,
      log,
    }),
  )
  say(`prediction app on ${app.url}`)
  stack.use(await announce(state.path, { tracking_uri: server.url, prediction_uri: app.url, pid: process.pid }))

  const owned = stack.move()
  return { trackingUri: server.url, predictionUri: app.url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** @throws what either threw, once both have ended: what they have started is ours to end. */
async function bothOf<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second])
  return Promise.all([first, second])
}

async function startDatabase(
  dir: string,
  { say, signal, stack }: { say: Say; signal: AbortSignal; stack: AsyncDisposableStack },
) {
  const known = await access(dir).then(
    () => true,
    () => false,
  )
  const postgres = stack.use(await startEmbeddedPostgres({ dir, log: say, signal }))
  say(known ? 'PostgreSQL 18 started' : 'PostgreSQL 18 set up and started')
  return postgres
}

async function buildPages(root: string, say: Say, signal: AbortSignal): Promise<void> {
  if (await buildWeb(root, signal)) say('web UI built')
}

function explained(error: unknown): unknown {
  if (error instanceof EmbeddedPostgresError || error instanceof ServerStartError) {
    return new StartError(error.message, 'Nothing was changed by this start; the data in .waymark/ is as it was')
  }
  if (error instanceof SettingsError) return new StartError(error.message, 'Mend config.yaml, then start again')
  if (error instanceof PredictionAppError) return new StartError(error.message, 'What was started has been ended again')
  if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EROFS')) {
    return new StartError(
      `Cannot start: this account may not write what it has to (${error.message})`,
      'Start as the account that the folder belongs to, or give it to this one: sudo chown -R "$USER" .',
    )
  }
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    return new StartError(
      `Cannot start: the disk is full (${error.message})`,
      'Free some space and start again; the data in .waymark/ is as it was',
    )
  }
  return error
}
