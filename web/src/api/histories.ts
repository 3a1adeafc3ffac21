import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import { bulkLimits, getMetricHistory, getMetricHistoryBulkInterval } from '@waymark/contract/metrics'
import type { Run } from '@waymark/contract/runs'
import type { MetricPoint } from '../charts/metric-lines.ts'
import { ask } from './ask.ts'
import { liveEvery } from './queries.ts'

/** All points of a metric, by run. */
export type Histories = ReadonlyMap<string, readonly MetricPoint[]>

/**
 * Every point of a metric of some runs, growing while one of them runs.
 * One call brings all runs with up to 2,500 points each; a run that has more is then read in full, so no peak is lost.
 */
export function useHistories(runs: readonly Run[], key: string, { enabled = true }: { enabled?: boolean } = {}) {
  const live = runs.some((run) => run.info.status === 'RUNNING')
  const runIds = runs.map((run) => run.info.run_id)
  return useQuery({
    ...historiesOf(runIds, key, live),
    placeholderData: (before) => before,
    enabled,
    refetchInterval: live ? liveEvery : false,
    staleTime: live ? 0 : 60_000,
  })
}

/** `live` is part of the key: when the last run ends, everything is read once more. */
function historiesOf(runIds: readonly string[], key: string, live: boolean) {
  return queryOptions({
    queryKey: ['histories', key, runIds, live] as const,
    queryFn: async ({ signal, client }): Promise<Histories> => {
      const known = knownSoFar(client, ['histories', key, runIds, live])
      const histories = new Map<string, readonly MetricPoint[]>()
      for (const group of groups(runIds, bulkLimits.runs)) {
        for (const [runId, points] of await readGroup(group, key, known, signal)) histories.set(runId, points)
      }
      return histories
    },
  })
}

async function readGroup(
  runIds: readonly string[],
  key: string,
  known: Histories | undefined,
  signal: AbortSignal,
): Promise<Map<string, readonly MetricPoint[]>> {
  const reply = await ask(
    getMetricHistoryBulkInterval,
    { run_ids: [...runIds], metric_key: key, max_results: bulkLimits.points },
    { signal },
  )
  const found = new Map<string, MetricPoint[]>(runIds.map((id) => [id, []]))
  for (const { run_id, step, timestamp, value } of reply.metrics) found.get(run_id)?.push({ step, timestamp, value })
  const whole = new Map<string, readonly MetricPoint[]>()
  for (const [runId, points] of found) {
    const isThinned = points.length >= bulkLimits.points
    whole.set(runId, isThinned ? await readOn(runId, key, known?.get(runId) ?? [], signal) : points)
  }
  return whole
}

/** Reads a long history in full the first time, and from then on only what follows the last known step. */
async function readOn(
  runId: string,
  key: string,
  known: readonly MetricPoint[],
  signal: AbortSignal,
): Promise<readonly MetricPoint[]> {
  const last = known.at(-1)
  if (last !== undefined && known.length >= bulkLimits.points) {
    const reply = await ask(
      getMetricHistoryBulkInterval,
      {
        run_ids: [runId],
        metric_key: key,
        start_step: last.step,
        end_step: Number.MAX_SAFE_INTEGER,
        max_results: bulkLimits.points,
      },
      { signal },
    )
    if (reply.metrics.length < bulkLimits.points) {
      return [...known.filter((point) => point.step < last.step), ...reply.metrics]
    }
  }
  return readAll(runId, key, signal)
}

async function readAll(runId: string, key: string, signal: AbortSignal): Promise<MetricPoint[]> {
  const points: MetricPoint[] = []
  let page_token: string | undefined
  do {
    const page = await ask(
      getMetricHistory,
      { run_id: runId, metric_key: key, max_results: 25_000, page_token },
      { signal },
    )
    for (const { step, timestamp, value } of page.metrics) points.push({ step, timestamp, value })
    page_token = page.next_page_token
  } while (page_token !== undefined)
  return points.sort((a, b) => a.step - b.step || a.timestamp - b.timestamp)
}

function knownSoFar(client: QueryClient, queryKey: readonly unknown[]): Histories | undefined {
  return client.getQueryData<Histories>(queryKey)
}

function* groups<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}
