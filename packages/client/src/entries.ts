import { batchLimits, logBatch, type RunStatus, updateRun } from '@waymark/contract/runs'
import { ApiError } from './api-error.ts'
import { call } from './call.ts'
import type { Connection } from './connection.ts'

/** `timestamp` in ms since epoch. */
interface Point {
  readonly key: string
  readonly value: number
  readonly timestamp: number
  readonly step: number
}

interface KeyValue {
  readonly key: string
  readonly value: string
}

/** One thing logged, in the order it was logged. */
export type Entry =
  | { readonly kind: 'metric'; readonly metric: Point }
  | { readonly kind: 'param'; readonly param: KeyValue }
  | { readonly kind: 'tag'; readonly tag: KeyValue }
  | { readonly kind: 'end'; readonly status: RunStatus; readonly endTime: number }

/** @returns how many entries from the front of the queue one request carries: MLflow's limits, a param key once. */
export function nextBatch(queue: readonly Entry[]): number {
  const counts = { metric: 0, param: 0, tag: 0 }
  const params = new Set<string>()
  for (const [at, entry] of queue.entries()) {
    if (at === batchLimits.total) return at
    if (entry.kind === 'end') return at === 0 ? 1 : at
    if (entry.kind === 'param' && params.has(entry.param.key)) return at
    if (++counts[entry.kind] > batchLimits[`${entry.kind}s`]) return at
    if (entry.kind === 'param') params.add(entry.param.key)
  }
  return queue.length
}

/**
 * Sends entries as one request, once. What the server refuses is halved until the entries at fault stand alone, so
 * that one bad name costs nothing but itself.
 * @returns the server's words about each refused entry.
 * @throws what may pass: the server is away or overloaded.
 */
export async function sendEntries(server: Connection, runId: string, entries: readonly Entry[]): Promise<string[]> {
  try {
    await sendOnce(server, runId, entries)
    return []
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 400) throw error
    if (entries.length === 1 || concernsRun(error)) return [`${describe(entries)}: ${error.message}`]
    const half = Math.ceil(entries.length / 2)
    const first = await sendEntries(server, runId, entries.slice(0, half))
    return [...first, ...(await sendEntries(server, runId, entries.slice(half)))]
  }
}

async function sendOnce(connection: Connection, runId: string, entries: readonly Entry[]): Promise<void> {
  const server = { signal: AbortSignal.timeout(60_000), ...connection }
  const [first] = entries
  if (first?.kind === 'end') {
    await call(server.base, updateRun, { run_id: runId, status: first.status, end_time: first.endTime }, server)
    return
  }
  await call(
    server.base,
    logBatch,
    {
      run_id: runId,
      metrics: entries.flatMap((entry) => (entry.kind === 'metric' ? [entry.metric] : [])),
      params: entries.flatMap((entry) => (entry.kind === 'param' ? [entry.param] : [])),
      tags: entries.flatMap((entry) => (entry.kind === 'tag' ? [entry.tag] : [])),
    },
    server,
  )
}

/** The run itself takes nothing, so that halving would only repeat the answer. */
function concernsRun(error: ApiError): boolean {
  return /must be in the 'active' state/.test(error.message)
}

function describe(entries: readonly Entry[]): string {
  const [first] = entries
  if (entries.length !== 1 || !first) return `Cannot log ${entries.length} metrics, params and tags`
  switch (first.kind) {
    case 'metric':
      return `Cannot log metric ${JSON.stringify(first.metric.key)}`
    case 'param':
      return `Cannot log param ${JSON.stringify(first.param.key)}`
    case 'tag':
      return `Cannot set tag ${JSON.stringify(first.tag.key)}`
    case 'end':
      return `Cannot end the run as ${first.status}`
    default:
      return first satisfies never
  }
}
