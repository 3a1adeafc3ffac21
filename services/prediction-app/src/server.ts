import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, Server as TcpServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connectTo, type Environment } from '@waymark/client/connection'
import { loadModel } from '@waymark/model-kit/load-model'
import type { Logger } from 'pino'
import { createPredictionApp } from './app.ts'
import { fixedModel, followAlias, type ModelSource } from './model-source.ts'
import { PredictionAppError } from './prediction-app-error.ts'

export interface PredictionAppSettings {
  /** Default 127.0.0.1: this machine only. */
  readonly host?: string
  /** 0: any free port. */
  readonly port: number
  /** The tracking server that names the model. */
  readonly trackingUri?: string | undefined
  /** Name of the registered model; also what the answers of a `modelFolder` call it. */
  readonly modelName: string
  readonly alias?: string
  /** Serves this MLflow model folder instead of an alias. */
  readonly modelFolder?: string | undefined
  /** Where downloaded models are kept; default `.waymark/models` of the working folder. */
  readonly cacheFolder?: string | undefined
  /** How often the alias is looked at; default 0.5 s. */
  readonly pollMs?: number
  readonly maxBodyBytes?: number
  /** How long requests that are under way may take when the app is told to end; default 30 s. */
  readonly drainMs?: number
  /** Credentials for the tracking server: MLFLOW_TRACKING_USERNAME and the like. */
  readonly env?: Environment
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
}

export interface RunningPredictionApp extends AsyncDisposable {
  readonly url: string
  readonly port: number
}

/**
 * Starts the prediction app. It listens at once; a followed alias is looked up meanwhile, a `modelFolder` is loaded before.
 * Disposed, it asks callers to leave, takes no new connection, lets requests that are under way finish within `drainMs`, and
 * lets the model go.
 * @throws {PredictionAppError} where the address cannot be listened on, {TrackingUriError} for an address that is no server's,
 *   {ModelFileError} where the model folder cannot be loaded.
 */
export async function startPredictionApp(settings: PredictionAppSettings): Promise<RunningPredictionApp> {
  const { host = '127.0.0.1', port, log, drainMs = 30_000, maxBodyBytes } = settings
  const source = await openSource(settings)
  try {
    const app = createPredictionApp({ source, log, ...(maxBodyBytes ? { maxBodyBytes } : {}) })
    const server = createServer({ requestTimeout: 60_000 }, app)
    let state: 'open' | 'leaving' | 'closed' = 'open'
    const unanswered = new Set<ServerResponse>()
    server.prependListener('request', (_request, response) => {
      if (state !== 'open') askToLeave(response)
      unanswered.add(response)
      response.once('close', () => {
        unanswered.delete(response)
        // A connection that was busy when the server closed is idle after its answer: it would hold the end up.
        if (state === 'closed') setImmediate(() => server.closeIdleConnections())
      })
    })
    server.listen(port, host)
    await once(server, 'listening')
    // A TCP server that listens has an address with a port.
    const bound = (server.address() as AddressInfo).port
    return {
      port: bound,
      url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
      async [Symbol.asyncDispose]() {
        state = 'leaving'
        for (const response of unanswered) askToLeave(response)
        const closed = once(server, 'close')
        // Not yet that of an HTTP server, which cuts the connections that look idle: on some the next request is under way,
        // and is answered.
        TcpServer.prototype.close.call(server)
        await Promise.race([closed, pause(lingerMs)])
        state = 'closed'
        server.close()
        const impatient = setTimeout(() => server.closeAllConnections(), drainMs)
        await closed
        clearTimeout(impatient)
        await source[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await source[Symbol.asyncDispose]()
    throw explained(error, `${host}:${port}`)
  }
}

const lingerMs = 100

/** The caller is told to send no other request over this connection. */
function askToLeave(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close')
}

function explained(error: unknown, address: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const way = waysOut[code]
  return way ? new PredictionAppError(`Cannot listen on ${address}: ${way}`, { cause: error }) : error
}

const waysOut: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses that port. End it, or choose another with --port',
  EACCES: 'this account may not use that port. Choose one above 1023 with --port',
  EADDRNOTAVAIL: 'this machine has no such address. Choose another with --host',
  ENOTFOUND: 'there is no such host. Choose another with --host',
}

async function openSource(settings: PredictionAppSettings): Promise<ModelSource> {
  const { modelName: name, modelFolder, trackingUri, env = {}, log } = settings
  const load = (folder: string) => loadModel(folder, { backend: 'wasm' })
  if (modelFolder !== undefined) return fixedModel(modelFolder, { name, load })
  const { alias = 'champion', pollMs = 500, cacheFolder = join('.waymark', 'models') } = settings
  return followAlias({ connection: connectTo(trackingUri, { env }), name, alias, cacheFolder, pollMs, load, log })
}
