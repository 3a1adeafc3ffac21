/** Sends what earlier programs had to leave on disk while the tracking server was away. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { reproTags } from '@waymark/contract/repro-report'
import { getRun } from '@waymark/contract/runs'
import { ApiError } from './api-error.ts'
import { openArtifacts } from './artifacts.ts'
import { call } from './call.ts'
import { type Connection, connectTo, type Environment } from './connection.ts'
import { createRunOnce } from './create-run.ts'
import { type Entry, nextBatch, sendEntries } from './entries.ts'
import { hurried } from './hurried.ts'
import { mayPass, messageOf } from './retry.ts'
import { readSpool, readSpooledRun, type SpooledRun } from './spool.ts'
import { claim, release } from './spool-owner.ts'

export interface SpoolReport {
  /** Runs whose spool was sent in full. */
  readonly sent: number
  /** Runs whose spool stays, since the server was not reached. */
  readonly left: number
  /** What servers refused for good, in their words. */
  readonly problems: readonly string[]
}

/**
 * Sends what earlier programs had to leave in `dir`, oldest first, and removes what arrived.
 * @param instead where to send the spool of a run whose own server is gone, if this one knows the run: the same
 *   server on another port
 * @param hurry once aborted, nothing waits for a server that hangs
 */
export async function sendSpool(
  dir: string,
  {
    env = {},
    fetch,
    instead,
    hurry,
  }: { env?: Environment; fetch?: typeof globalThis.fetch; instead?: Connection; hurry?: AbortSignal } = {},
): Promise<SpoolReport> {
  const report = { sent: 0, left: 0, problems: [] as string[] }
  const failures = new Map<string, number>()
  const ask = askWhoAnswers()
  for (const name of (await readdir(dir).catch(nothingThere)) ?? []) {
    const folder = await claim(dir, name)
    if (folder === undefined) continue
    try {
      const run = await readSpooledRun(folder)
      if (!run) {
        await rm(folder, { recursive: true })
        continue
      }
      const server = hurried(connectTo(run.trackingUri, { env, ...(fetch ? { fetch } : {}) }), hurry)
      const to = await reachable(server, { instead, run, ask })
      report.problems.push(...(await ask(to, () => sendFolder(folder, to, run))))
      report.sent++
    } catch (error) {
      report.left++
      failures.set(messageOf(error), (failures.get(messageOf(error)) ?? 0) + 1)
      release(folder)
    }
  }
  for (const [why, runs] of failures) {
    const what = runs === 1 ? 'one run' : `${runs} runs`
    report.problems.push(`Cannot send what is kept in ${dir} of ${what}: ${why}. It stays there for the next command`)
  }
  return report
}

/**
 * Sends one folder and removes it. Sending it again after a failure in between changes nothing: every entry is
 * idempotent on the server.
 * @returns what the server refused.
 */
export async function sendFolder(folder: string, server: Connection, run: SpooledRun): Promise<string[]> {
  const { runId, artifactUri } = await runOnServer(server, run)
  const problems: string[] = []
  let waiting: Entry[] = []
  const send = async (all: boolean): Promise<void> => {
    while (waiting.length > 0) {
      const size = nextBatch(waiting)
      if (size === waiting.length && !all) return
      problems.push(...(await sendEntries(server, runId, waiting.slice(0, size))))
      waiting = waiting.slice(size)
    }
  }
  for (const line of await readSpool(folder)) {
    if (line.kind === 'artifact') {
      await openArtifacts(server, artifactUri).put(line.path, { file: join(folder, line.file) })
      continue
    }
    waiting.push(line)
    if (waiting.length >= 1000) await send(false)
  }
  await send(true)
  await rm(folder, { recursive: true })
  return problems
}

async function runOnServer(server: Connection, run: SpooledRun): Promise<{ runId: string; artifactUri: string }> {
  if (run.runId !== undefined) {
    const { info } = (
      await call(server.base, getRun, { run_id: run.runId }, { ...server, signal: AbortSignal.timeout(60_000) })
    ).run
    return { runId: run.runId, artifactUri: info.artifact_uri }
  }
  if (run.create === undefined) throw new Error('its run.json names no run')
  const made = await createRunOnce(server, run.create, { tried: true })
  return { runId: made.run_id, artifactUri: made.artifact_uri }
}

/** Asks a server; one that has not answered is not waited for again, for each of very many runs. */
type Ask = <T>(server: Connection, question: () => Promise<T>) => Promise<T>

function askWhoAnswers(): Ask {
  const away = new Map<string, unknown>()
  return async ({ base }, question) => {
    if (away.has(base)) throw away.get(base)
    try {
      return await question()
    } catch (error) {
      if (mayPass(error) && !(error instanceof ApiError)) away.set(base, error)
      throw error
    }
  }
}

/** The run's own server, or `instead` where that one is gone and `instead` knows the run. */
async function reachable(
  server: Connection,
  { instead, run, ask }: { instead: Connection | undefined; run: SpooledRun; ask: Ask },
): Promise<Connection> {
  // A child run that no server has made yet belongs where its parent is.
  const known = run.runId ?? run.create?.tags?.find(({ key }) => key === reproTags.parent)?.value
  if (!instead || !known || instead.base === server.base) return server
  try {
    const quick = { ...server, signal: AbortSignal.timeout(5000) }
    await ask(server, () => call(server.base, getRun, { run_id: known }, quick))
    return server
  } catch (error) {
    if (error instanceof ApiError && error.status < 500 && error.status !== 404) throw error
    await ask(instead, () => call(instead.base, getRun, { run_id: known }, instead))
    return instead
  }
}

function nothingThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
