import { randomBytes } from 'node:crypto'
import { link, readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** Another process works in the folder. */
export class FolderClaimedError extends Error {
  override readonly name = 'FolderClaimedError'
}

interface Owner {
  readonly pid: number
  /** Tells processes of one number apart (Linux: clock ticks since boot at its start). */
  readonly started: string
  /** The PID namespace: the same number means another process in a container. */
  readonly place: string
}

const beatMs = 4000
const silentMs = 15_000

/**
 * Claims `folder` for this process until disposal. A claim of a dead process is taken over; one of a process
 * in another container counts as alive while its file is touched (every 4 s).
 * @throws {FolderClaimedError}
 */
export async function claimFolder(folder: string, what: string): Promise<AsyncDisposable> {
  const path = join(folder, 'owner.json')
  const mine: Owner = { pid: process.pid, started: await startOf(process.pid), place: await placeHere() }
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, JSON.stringify(mine))
  try {
    while (!(await linked(draft, path))) {
      const holder = await holderOf(path, mine.place)
      if (holder) {
        throw new FolderClaimedError(
          `Cannot use ${what} in "${folder}": process ${holder.pid} uses it. End that one first, or choose another folder`,
        )
      }
      await rm(path, { force: true })
    }
  } finally {
    await rm(draft, { force: true })
  }
  const beat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined) // the folder was removed under us: the next write says so
  }, beatMs).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(beat)
      await rm(path, { force: true })
    },
  }
}

async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function holderOf(path: string, here: string): Promise<Owner | undefined> {
  const owner = await readOwner(path)
  if (!owner) return undefined
  if (owner.place === here) return owner.started === (await startOf(owner.pid)) ? owner : undefined
  const { mtimeMs } = await stat(path)
  return Date.now() - mtimeMs < silentMs ? owner : undefined
}

/** @returns undefined where there is none, or one that a power cut has cut off: whoever wrote it is gone. */
async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner // written by this very module
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      return undefined
    throw error
  }
}

/** @returns '' where there is no such process. */
async function startOf(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    // the name in parentheses may hold blanks; the 20th field behind it is the start time (proc(5))
    return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  }
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch {
    return ''
  }
}

async function placeHere(): Promise<string> {
  return process.platform === 'linux' ? readlink('/proc/self/ns/pid').then((ns) => `${ns} ${bootId}`) : hostname()
}

const bootId = process.platform === 'linux' ? (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim() : ''
