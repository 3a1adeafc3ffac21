/** Whose a spool folder is: `<time>-<run>.<host>~<pid>`, so that no two programs send the same one at once. */
import { rename, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** After so long without a write a folder is taken for left behind, whoever owned it. */
const abandonedAfterMs = 24 * 3600_000
/** The same for an owner on another host (a container on the same folder), whose processes cannot be seen. */
const elsewhereAbandonedAfterMs = 10 * 60_000

const ownHost = hostname().replace(/[^\w-]/g, '-')
const held = new Set<string>()

export function ownerMark(): string {
  return `${ownHost}~${process.pid}`
}

/** @returns the folder's new path, now this process's; undefined where it is another living one's. */
export async function claim(dir: string, name: string): Promise<string | undefined> {
  const [, id, host, pid] = /^(.+)\.([\w-]+)~(\d+)$/.exec(name) ?? []
  const from = join(dir, name)
  if (id === undefined || held.has(from)) return undefined
  const to = join(dir, `${id}.${ownerMark()}`)
  try {
    if (await isLive(from, host ?? '', Number(pid))) return undefined
    if (from !== to) await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined // another program was first
    throw error
  }
  hold(to)
  return to
}

/** Keeps this process's own {@link claim}s off the folder. */
export function hold(folder: string): void {
  held.add(folder)
}

/** Lets other programs, and a later try of this one, take the folder. */
export function release(folder: string): void {
  held.delete(folder)
}

async function isLive(folder: string, host: string, pid: number): Promise<boolean> {
  const age = Date.now() - (await stat(folder)).mtimeMs
  if (age > abandonedAfterMs) return false
  if (host !== ownHost) return age < elsewhereAbandonedAfterMs
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
