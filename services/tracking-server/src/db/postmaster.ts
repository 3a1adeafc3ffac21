import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { asAccount, type Cluster, EmbeddedPostgresError, endOf, explain, readIfThere } from './cluster.ts'

const run = promisify(execFile)

/** A running PostgreSQL. */
export interface Postmaster extends AsyncDisposable {
  readonly pid: number
  readonly ended: Promise<unknown>
}

/** Starts PostgreSQL on a cluster, and waits until it takes connections. @throws {EmbeddedPostgresError}, the signal's reason */
export async function launch(
  cluster: Cluster,
  { port, throwaway, signal }: { port: number; throwaway: boolean; signal: AbortSignal | undefined },
): Promise<Postmaster> {
  signal?.throwIfAborted()
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
  await until(async () => gone() || signal?.aborted === true || (await isReady()), 60_000)
  if (signal?.aborted) {
    await stop(child, ended, warden)
    signal.throwIfAborted()
  }
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

/** Ends a server of this cluster that outlived the process that started it. */
export async function endOrphan({ data, folder }: Cluster, log: (line: string) => void): Promise<void> {
  const pid = Number((await readIfThere(join(data, 'postmaster.pid')))?.split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 0 || !(await isPostgresOf(pid, data))) return
  log(`Ending a PostgreSQL (process ${pid}) that was left behind in ${folder}`)
  process.kill(pid, 'SIGINT')
  if (await until(() => !isAlive(pid), 15_000)) return
  throw new EmbeddedPostgresError(
    `Cannot start the database in "${folder}": an earlier PostgreSQL (process ${pid}) is still there. End it, then start again`,
  )
}

/** A number may be another process's by now: it must be PostgreSQL, on this very folder. */
async function isPostgresOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform === 'linux') {
    const words = (await readIfThere(`/proc/${pid}/cmdline`))?.split('\0') ?? []
    return /postgres$/.test(words[0] ?? '') && words.includes(data)
  }
  const listed = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' })) // it ended
  return /\bpostgres -D /.test(listed.stdout) && listed.stdout.includes(` ${data} `)
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
