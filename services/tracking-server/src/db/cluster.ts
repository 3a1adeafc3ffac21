import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, chown, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account } from './postgres-account.ts'

/** The embedded database did not start; the message says why and what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError'
}

/** A folder with a PostgreSQL cluster in it, and the programs and account to run it with. */
export interface Cluster {
  readonly folder: string
  readonly data: string
  readonly programs: string
  readonly account: Account | undefined
}

export const superuser = 'waymark'
const majorVersion = '18'

/** Makes the cluster where there is none. @returns the password of its superuser. */
export async function ensureCluster(
  cluster: Cluster,
  { log, throwaway, signal }: { log: (line: string) => void; throwaway: boolean; signal: AbortSignal | undefined },
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
  await initdb({ ...cluster, data: part }, { passwordFile, throwaway, signal })
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
  { passwordFile, throwaway, signal }: { passwordFile: string; throwaway: boolean; signal: AbortSignal | undefined },
): Promise<void> {
  signal?.throwIfAborted()
  const words = ['--pgdata', cluster.data, '--username', superuser, '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  const form = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const child = spawn(
    join(cluster.programs, 'bin', 'initdb'),
    [...words, ...form, '--no-instructions', ...(throwaway ? ['--no-sync'] : [])],
    { ...asAccount(cluster), stdio: ['ignore', 'pipe', 'pipe'], detached: true }, // a group of its own, to be ended as one
  )
  const end = () => endGroup(child.pid)
  signal?.addEventListener('abort', end, { once: true })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text))
  const code = await endOf(child)
  signal?.removeEventListener('abort', end)
  signal?.throwIfAborted()
  if (code !== 0) throw explain(`Cannot make a database in "${cluster.folder}"`, said)
}

/** initdb itself notices a signal only between its steps: what does the step has to end. */
function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGTERM')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** How the cluster's programs are started: as its account, in its folder. */
export function asAccount({ programs, account, folder }: Cluster) {
  const library = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH'
  const path = [join(programs, 'lib'), process.env[library]].filter(Boolean).join(':')
  return {
    cwd: folder,
    // nothing of the user's environment (PGDATA, PGPORT, a password) reaches the database
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C', [library]: path },
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  }
}

/** What PostgreSQL said, as an error that says what to do. */
export function explain(what: string, said: string): EmbeddedPostgresError {
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

/** @returns the exit code of a program, once it has ended and all it said was read. */
export async function endOf(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'close')
  return code as number | null
}

export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined
    throw error
  })
}
