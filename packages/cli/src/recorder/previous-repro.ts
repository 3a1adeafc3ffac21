import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { call } from '@waymark/client/call'
import { type Connection, connectTo, type Environment } from '@waymark/client/connection'
import { endChildren } from '@waymark/client/end-children'
import { hurried } from '@waymark/client/hurried'
import { parseJson } from '@waymark/client/parse-json'
import { mayPass } from '@waymark/client/retry'
import { describeMyself, isKnownDead, type LockOwner } from '@waymark/content-store/project-lock'
import { writeBeside } from '@waymark/content-store/write-beside'
import { machineTags } from '@waymark/contract/machine-tags'
import { reproTags } from '@waymark/contract/repro-report'
import { getRun, type Run, updateRun } from '@waymark/contract/runs'
import { z } from 'zod'

const Owner = z.object({
  pid: z.number(),
  startedAt: z.string(),
  host: z.string(),
  boot: z.string(),
  pidNamespace: z.string(),
  command: z.string(),
}) satisfies z.ZodType<Omit<LockOwner, 'token'>>

/** The run that a repro in this folder is recording, or was when it died. */
const Note = z.object({ trackingUri: z.string(), experimentId: z.string(), runId: z.string() })
type Note = z.output<typeof Note>

/** Keeps on disk which run this folder's repro records, until it has ended. */
export function noteRepro(file: string, run: Note): void {
  mkdirSync(dirname(file), { recursive: true })
  writeBeside(file, JSON.stringify(run), { durable: true })
}

export function forgetRepro(file: string): void {
  rmSync(file, { force: true })
}

/** The value of the tag `machineTags.process` for this process. */
export function thisProcess(): string {
  const { token: _, ...owner } = describeMyself('repro')
  return JSON.stringify(owner)
}

/** @returns whether the run's process is certainly gone. A run of another program may be alive. */
export function isKnownDeadProcess(run: Run): boolean {
  const tag = run.data.tags.find(({ key }) => key === machineTags.process)?.value
  if (tag === undefined) return false
  const owner = Owner.safeParse(parseJson(tag))
  return owner.success && isKnownDead({ token: '', ...owner.data })
}

/**
 * Marks the run of an earlier repro of this folder that died (kill -9, power cut) KILLED, with its child runs. To be
 * called while no other repro of this folder runs: whoever is noted is dead.
 * @returns the run's id, where one was marked.
 */
export async function endPrevious(
  file: string,
  { env, instead, now, signal }: { env: Environment; instead: Connection; now: () => number; signal: AbortSignal },
): Promise<string | undefined> {
  const note = readNote(file)
  if (!note) return undefined
  for (const server of [hurried(connectTo(note.trackingUri, { env }), signal), instead]) {
    try {
      const ended = await kill(server, note, now())
      forgetRepro(file)
      return ended ? note.runId : undefined
    } catch (error) {
      // Its server is gone, or this one never knew the run: the note stays for a repro that can reach it.
      if (!mayPass(error) && !isUnknown(error)) throw error
    }
  }
  return undefined
}

async function kill(server: Connection, note: Note, at: number): Promise<boolean> {
  const { run } = await call(server.base, getRun, { run_id: note.runId }, server)
  await endChildren(server, note, { status: 'KILLED', at })
  if (run.info.lifecycle_stage === 'deleted') return false // no server takes a change of it
  // A Python stage's client ends the run when that stage exits: what was finished by a repro holds a state.
  const wasLeft = run.info.status === 'FINISHED' && !run.data.tags.some(({ key }) => key === reproTags.lock)
  if (run.info.status !== 'RUNNING' && !wasLeft) return false
  await call(server.base, updateRun, { run_id: note.runId, status: 'KILLED', end_time: at }, server)
  return true
}

function isUnknown(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 404
}

/** @returns undefined where there is none, or one that a power cut has cut off. */
function readNote(file: string): Note | undefined {
  try {
    return Note.safeParse(parseJson(readFileSync(file, 'utf8'))).data
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
