import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { openStore } from '@waymark/storage/open-store'
import { createApp } from './app.ts'
import { type ArtifactPlaces, artifactPlaces } from './artifact-places.ts'
import { connectDatabase, type Database, DatabaseUnavailableError, sqlStateOf } from './db/connect.ts'
import { startEmbeddedPostgres } from './db/embedded.ts'
import { migrate } from './db/migrate.ts'
import { ensureDefaultExperiment } from './experiments/store.ts'
import { plainError } from './http/answer-errors.ts'
import { hostRule } from './http/guard.ts'
import type { ServerSettings } from './settings.ts'
import { announce, claimStateFolder, stateFolderOf } from './state-folder.ts'

export interface TrackingServer extends AsyncDisposable {
  /** `http://<host>:<port>`, without the static prefix. */
  readonly url: string
  readonly port: number
}

/** The server did not start; the message says why and what to do, and holds no password. */
export class ServerStartError extends Error {
  override readonly name = 'ServerStartError'
}

/** How long requests under way may take to end once the server is told to stop. */
const lastRequestsMs = 4000

/**
 * Starts the tracking server: database (its own one, unless an address is given), schema, sockets. With its own database
 * in a `.waymark` it says there where it is, for `waymark repro`.
 * Disposal takes no new requests, lets those under way end, then closes the database.
 * @throws {ServerStartError}
 */
export async function startTrackingServer(settings: ServerSettings): Promise<TrackingServer> {
  const { log, host } = settings
  await checkPort(settings)
  await using stack = new AsyncDisposableStack()
  const uri = settings.backendStoreUri ?? (await startOwnDatabase(settings, stack)).uri
  const db = stack.use(
    connectDatabase({
      uri,
      onIdleError: (error) => log.warn({ err: plainError(error) }, 'a database connection broke'),
    }),
  )
  await prepareDatabase(db, { uri, settings })
  const artifacts = await openArtifacts(settings)
  const app = createApp({
    db,
    artifacts,
    clock: Date.now,
    log,
    defaultArtifactRoot: settings.defaultArtifactRoot,
    guard: settings,
    staticPrefix: settings.staticPrefix,
    serveArtifacts: settings.serveArtifacts,
    artifactsOnly: settings.artifactsOnly,
    webDir: settings.webDir,
  })
  // The pages keep what is selected in their address: a thousand runs are 35 kB of it.
  const server = createServer({ maxHeaderSize: 64 * 1024 }, app)
  server.requestTimeout = 0 // an artifact may take hours; a silent connection may not
  server.timeout = 120_000
  server.headersTimeout = 30_000
  server.keepAliveTimeout = 65_000
  const port = await listen(server, { host, port: settings.port })
  stack.defer(() => close(server))
  await announceOwn(settings, port, stack)
  const owned = stack.move()
  return { url: urlOf(host, port), port, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** The proxy's store, and that of a default root which clients reach themselves. */
async function openArtifacts({ artifactsDestination, defaultArtifactRoot }: ServerSettings): Promise<ArtifactPlaces> {
  const proxy = await openStore(artifactsDestination)
  if (!/^(file|s3):/.test(defaultArtifactRoot)) return artifactPlaces(proxy)
  return artifactPlaces(proxy, { root: defaultArtifactRoot, store: await openStore(defaultArtifactRoot) })
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

async function startOwnDatabase({ embeddedDir, log }: ServerSettings, stack: AsyncDisposableStack) {
  if (embeddedDir === undefined) {
    throw new ServerStartError(
      'Cannot start the server: it has no database. Give one with --backend-store-uri postgresql://…',
    )
  }
  const state = stateFolderOf(embeddedDir)
  if (state !== undefined) stack.use(await claimStateFolder(state, 'the embedded database'))
  return stack.use(await startEmbeddedPostgres({ dir: embeddedDir, log: (line) => log.info(line) }))
}

/** Says where the server is to the folder whose database it serves, unless it would refuse who comes by that address. */
async function announceOwn(settings: ServerSettings, port: number, stack: AsyncDisposableStack): Promise<void> {
  const { backendStoreUri, embeddedDir, artifactsOnly, allowedHosts } = settings
  const state = backendStoreUri === undefined && embeddedDir !== undefined ? stateFolderOf(embeddedDir) : undefined
  const anywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  const url = urlOf(anywhere[settings.host] ?? settings.host, port)
  if (state === undefined || artifactsOnly || !hostRule(allowedHosts)(new URL(url).host)) return
  stack.use(await announce(state, { tracking_uri: url, pid: process.pid }))
}

async function prepareDatabase(
  db: Database,
  { uri, settings }: { uri: string; settings: ServerSettings },
): Promise<void> {
  try {
    const applied = await migrate(db)
    if (applied.length > 0) settings.log.info(`Database schema: applied ${applied.join(', ')}`)
    await ensureDefaultExperiment(db, { root: settings.defaultArtifactRoot, at: Date.now() })
  } catch (error) {
    throw explained(error, uri)
  }
}

function explained(error: unknown, uri: string): unknown {
  const place = withoutPassword(uri)
  const code = sqlStateOf(error)?.code
  const options = { cause: error }
  if (error instanceof DatabaseUnavailableError) {
    const why = error.cause instanceof Error ? error.cause.message || String(Reflect.get(error.cause, 'code')) : ''
    return new ServerStartError(
      `Cannot reach the database at ${place}: ${why}. See that PostgreSQL runs there and --backend-store-uri is right`,
      options,
    )
  }
  if (code === '28P01' || code === '28000') {
    return new ServerStartError(
      `Cannot log in to the database at ${place}: user or password is wrong. Correct --backend-store-uri`,
      options,
    )
  }
  if (code === '3D000') {
    return new ServerStartError(
      `Cannot open the database at ${place}: it does not exist. Make it with createdb, then start again`,
      options,
    )
  }
  if (code === '42501') {
    return new ServerStartError(
      `Cannot set up the database at ${place}: its user may not make tables. Grant it, or use the database's owner`,
      options,
    )
  }
  return error
}

function withoutPassword(uri: string): string {
  if (!URL.canParse(uri)) return 'the given address'
  const url = new URL(uri)
  return `${url.hostname}${url.port ? `:${url.port}` : ''}${url.pathname}`
}

/** Before a database is made: a start that must fail leaves nothing behind. */
async function checkPort({ host, port }: ServerSettings): Promise<void> {
  if (port === 0) return
  const probe = createServer()
  await listen(probe, { host, port })
  probe.close()
  await once(probe, 'close')
}

async function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw notListening(error, { host, port })
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address')
  return address.port
}

function notListening(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const what = `Cannot listen on ${host}:${port}`
  const ways: Record<string, string> = {
    EADDRINUSE: 'another program uses that port. End it, or choose another with --port',
    EACCES: 'this user may not open that port. Choose one above 1023 with --port',
    EADDRNOTAVAIL: 'this machine has no such address. Choose another with --host',
    ENOTFOUND: 'that host name is not known. Choose another with --host',
  }
  const way = typeof code === 'string' ? ways[code] : undefined
  return way ? new ServerStartError(`${what}: ${way}`, { cause: error }) : error
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // a kept-alive connection becomes idle only when its last answer is out
  const idle = setInterval(() => server.closeIdleConnections(), 20)
  const late = setTimeout(() => server.closeAllConnections(), lastRequestsMs)
  await closed
  clearInterval(idle)
  clearTimeout(late)
}
