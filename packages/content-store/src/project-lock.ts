import { randomUUID } from 'node:crypto'
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { hasCode, isMissing } from './fs-errors.ts'
import { besideName, writeBeside } from './write-beside.ts'

/** Who holds a lock, for people and for the question whether that process still lives. */
export interface LockOwner {
  readonly token: string
  readonly pid: number
  /** Names a process together with its pid; `/proc/<pid>/stat`, ticks since boot. */
  readonly startedAt: string
  readonly host: string
  readonly boot: string
  readonly pidNamespace: string
  readonly command: string
}

export interface HeldLock extends AsyncDisposable {
  readonly owner: LockOwner
  /** Aborted where the lock was lost: somebody took this process for dead while it slept. */
  readonly lost: AbortSignal
}

export interface LockOptions {
  readonly command: string
  readonly signal?: AbortSignal | undefined
  /** Called once for each owner that is waited for. */
  readonly onWait?: ((owner: LockOwner | undefined) => void) | undefined
  /** How long a holder that cannot be asked directly may show no sign of life. Default 15,000. */
  readonly staleMs?: number
}

const heartbeatMs = 1000
const pollMs = 100

/**
 * Takes a lock that one process at a time can hold, on any file system and also between a host and its containers.
 *
 * The lock is a folder of numbered files. Whoever makes the highest number holds the lock; a number is linked into
 * place, or made with an exclusive create where there are no links, so nobody makes it twice. Its holder renews the
 * file's time every second and writes `free` into it when done. A number is superseded only when it is free, or its process is known to be dead (same host, boot and pid
 * namespace), or its time has stood still for `staleMs` as seen by the waiter's own clock.
 */
export async function takeLock(folder: string, options: LockOptions): Promise<HeldLock> {
  mkdirSync(folder, { recursive: true })
  const owner = describeMyself(options.command)
  let watched: { name: string; sign: string; since: number } | undefined
  let told: string | undefined
  for (;;) {
    options.signal?.throwIfAborted()
    const top = highest(folder)
    if (top === undefined) {
      const held = tryNumber(folder, 1, owner)
      if (held) return held
      continue
    }
    const seen = look(folder, top)
    const sign = `${seen.text.length}:${seen.mtimeMs}`
    if (watched?.name !== String(top) || watched.sign !== sign)
      watched = { name: String(top), sign, since: performance.now() }
    const silentMs = performance.now() - watched.since
    if (seen.free || isKnownDead(seen.owner) || silentMs > (options.staleMs ?? 15_000)) {
      const held = tryNumber(folder, top + 1, owner)
      if (held) return held
      continue
    }
    if (told !== `${top}`) {
      told = `${top}`
      options.onWait?.(seen.owner)
    }
    await delay(pollMs, undefined, options.signal ? { signal: options.signal } : {})
  }
}

/** Whether the process is certainly gone; false also where it cannot be known from here. */
export function isKnownDead(owner: LockOwner | undefined): boolean {
  if (!owner) return false
  const me = describeMyself('')
  if (owner.host !== me.host || owner.boot !== me.boot || owner.pidNamespace !== me.pidNamespace) return false
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return true
    if (!hasCode(error, 'EPERM')) throw error
  }
  const stat = processStat(owner.pid)
  if (!stat) return false
  // A process that nobody has reaped yet still has its number, but will not come back.
  return stat.state === 'Z' || stat.state === 'X' || (owner.startedAt !== '' && stat.startedAt !== owner.startedAt)
}

/** This process as the owner of something. */
export function describeMyself(command: string): LockOwner {
  myself ??= {
    host: hostname(),
    boot: readOr('/proc/sys/kernel/random/boot_id'),
    pidNamespace: namespaceId(),
    startedAt: processStat(process.pid)?.startedAt ?? '',
  }
  return { token: randomUUID(), pid: process.pid, ...myself, command }
}

let myself: Pick<LockOwner, 'host' | 'boot' | 'pidNamespace' | 'startedAt'> | undefined

function tryNumber(folder: string, number: number, owner: LockOwner): HeldLock | undefined {
  const file = join(folder, String(number))
  if (!makeNumber(file, JSON.stringify(owner))) return undefined
  // A sleeper may make a number that was made and cleared away meanwhile; a higher one then still exists.
  if (highest(folder) !== number) {
    rmSync(file, { force: true })
    return undefined
  }
  for (const old of numbers(folder)) if (old < number) rmSync(join(folder, String(old)), { force: true })
  return hold(folder, number, owner)
}

/**
 * Makes a file that nobody has made yet, with its content at once: killed half-way it would name no owner, and whoever
 * comes next would have to wait until it is stale.
 * @returns false where somebody has made it
 */
function makeNumber(file: string, content: string): boolean {
  const beside = besideName(file)
  try {
    writeFileSync(beside, content, { flag: 'wx' })
    if (!tryLink(beside, file)) writeFileSync(file, content, { flag: 'wx' })
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  } finally {
    rmSync(beside, { force: true })
  }
}

/** @returns false where the file system has no hard links */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].some((code) => hasCode(error, code))) return false
    throw error
  }
}

function hold(folder: string, number: number, owner: LockOwner): HeldLock {
  const file = join(folder, String(number))
  const losing = new AbortController()
  const beat = setInterval(() => {
    try {
      if (highest(folder) !== number) throw new LostLockError(folder)
      const now = new Date()
      utimesSync(file, now, now)
    } catch (error) {
      clearInterval(beat)
      losing.abort(error)
    }
  }, heartbeatMs)
  beat.unref()
  return {
    owner,
    lost: losing.signal,
    async [Symbol.asyncDispose]() {
      clearInterval(beat)
      if (highest(folder) === number) writeBeside(file, 'free')
    },
  }
}

/** While this process slept, another one took its lock. */
export class LostLockError extends Error {
  constructor(folder: string) {
    super(
      `Cannot go on: another process took over the lock ${JSON.stringify(folder)} while this one was suspended. Start again`,
    )
    this.name = 'LostLockError'
  }
}

function look(
  folder: string,
  number: number,
): { text: string; mtimeMs: number; free: boolean; owner: LockOwner | undefined } {
  const file = join(folder, String(number))
  try {
    const text = readFileSync(file, 'utf8')
    return { text, mtimeMs: statSync(file).mtimeMs, free: text === 'free', owner: parseOwner(text) }
  } catch (error) {
    if (isMissing(error)) return { text: '', mtimeMs: 0, free: false, owner: undefined }
    throw error
  }
}

/** A file that is just being written, or was left empty by a crash, has no owner to ask. */
function parseOwner(text: string): LockOwner | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const isOwner = typeof value === 'object' && value !== null && 'token' in value && 'pid' in value
    // Written by `tryNumber` of this or a newer version; the two fields tell it from anything else.
    return isOwner ? (value as LockOwner) : undefined
  } catch {
    return undefined
  }
}

function highest(folder: string): number | undefined {
  const all = numbers(folder)
  return all.length === 0 ? undefined : Math.max(...all)
}

function numbers(folder: string): number[] {
  return readdirSync(folder)
    .filter((name) => /^[1-9][0-9]*$/.test(name))
    .map(Number)
}

/** Fields 3 and 22 of `/proc/<pid>/stat`; undefined where there is no /proc. */
function processStat(pid: number): { state: string; startedAt: string } | undefined {
  const stat = readOr(`/proc/${pid}/stat`)
  if (stat === '') return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', startedAt: fields[19] ?? '' }
}

function namespaceId(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}
