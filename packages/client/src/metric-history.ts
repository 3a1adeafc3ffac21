import { getMetricHistory } from '@waymark/contract/metrics'
import type { Metric } from '@waymark/contract/runs'
import { call } from './call.ts'
import type { Connection } from './connection.ts'

/** Every point of a metric of a run, by timestamp, step and value. */
export async function* metricHistory(server: Connection, runId: string, key: string): AsyncGenerator<Metric> {
  let token: string | undefined
  do {
    const request = { run_id: runId, metric_key: key, max_results: 25_000, ...(token ? { page_token: token } : {}) }
    const page = await call(server.base, getMetricHistory, request, server)
    yield* page.metrics
    token = page.next_page_token || undefined
  } while (token !== undefined)
}
