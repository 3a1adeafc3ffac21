import { mkdir, open, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from './start-error.ts'

/** Version of what lies in `.waymark/`; raised when an older program could no longer read it. */
const layoutVersion = 1
/** What a first start and a repro of the demo project need, with room to spare. */
const neededBytes = 300 * 2 ** 20

/** `.waymark/` of one project, held by one `npm start` at a time. */
export interface StateFolder extends AsyncDisposable {
  readonly path: string
}

/**
 * Takes the project's `.waymark/` for this process.
 * @throws {StartError} where it is of a newer version, held by another `npm start`, or on a full disk.
 */
export async function takeStateFolder(root: string): Promise<StateFolder> {
  const path = join(root, '.waymark')
  await mkdir(path, { recursive: true })
  await checkVersion(path)
  await checkSpace(path)
  const lock = join(path, 'start.lock')
  await takeLock(lock, path)
  return { path, [Symbol.asyncDispose]: () => rm(lock, { force: true }) }
}

async function checkVersion(path: string): Promise<void> {
  const file = join(path, 'version')
  const text = await readIfThere(file)
  const version = text === undefined ? undefined : Number(text)
  if (version === undefined) {
    await writeFile(`${file}.new`, `${layoutVersion}\n`)
    await rename(`${file}.new`, file)
  } else if (version !== layoutVersion) {
    const found = Number.isInteger(version)
      ? `version ${version}`
      : `no version that can be read (${JSON.stringify(text)})`
    throw new StartError(
      `Cannot use ${path}: it has ${found}, and this Waymark knows version ${layoutVersion}`,
      'Update this checkout (git pull), or move the folder away to start with an empty one; nothing in it was changed',
    )
  }
}

async function checkSpace(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path)
  const free = bavail * bsize
  if (free >= neededBytes) return
  throw new StartError(
    `Cannot start: ${Math.floor(free / 2 ** 20)} MB are free on the disk of ${path}, and ${neededBytes / 2 ** 20} MB are needed`,
    'Free some space and start again; nothing was changed',
  )
}

/** Taken by exclusive creation, so that of two starts at once one wins. */
async function takeLock(lock: string, state: string): Promise<void> {
  for (;;) {
    try {
      await using file = await open(lock, 'wx', 0o600)
      await file.writeFile(`${process.pid}\n`)
      return
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error
    }
    const owner = Number(await readIfThere(lock))
    if (Number.isInteger(owner) && owner > 0 && (await isStart(owner))) {
      const server = await readIfThere(join(state, 'server.json'))
      const at = server === undefined ? '' : ` at ${(JSON.parse(server) as { tracking_uri: string }).tracking_uri}`
      throw new StartError(
        `Cannot start: npm start already runs in this folder${at} (process ${owner})`,
        `Use that one, or end it first: kill ${owner}`,
      )
    }
    await rm(lock, { force: true })
  }
}

/** Whether a process is alive and, where the system tells, really an `npm start`: ids are given anew after a restart. */
async function isStart(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return isCode(error, 'EPERM')
  }
  const command = await readIfThere(`/proc/${pid}/cmdline`)
  return command === undefined || command.includes('start.ts')
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw error
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
