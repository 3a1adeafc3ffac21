import { z } from 'zod'
import { absent, Int64, Name, repeated, Text } from './proto.ts'
import { mlflowRpc } from './rpc.ts'
import { Metric } from './runs.ts'

export const getMetricHistory = mlflowRpc({
  method: 'GET',
  path: '/metrics/get-history',
  summary: 'All points of a metric of a run, by timestamp, step, value',
  permission: 'run:read',
  request: z.object({
    run_id: absent(Text),
    run_uuid: absent(Text),
    metric_key: Name,
    page_token: absent(Text),
    max_results: absent(Int64),
  }),
  reply: z.object({ metrics: z.array(Metric).default([]), next_page_token: z.string().optional() }),
})

/** The most runs that one bulk call takes, the most points a run gets back when sampled, the most points in all when not. */
export const bulkLimits = { runs: 100, points: 2500, pointsInAll: 25_000 } as const

const BulkReply = z.object({ metrics: z.array(Metric.extend({ run_id: z.string() })).default([]) })

export const getMetricHistoryBulk = mlflowRpc({
  method: 'GET',
  path: '/metrics/get-history-bulk',
  summary: 'All points of a metric of several runs, run by run, up to a limit in all',
  permission: 'run:read',
  request: z.object({ run_id: repeated(Text), metric_key: Name, max_results: absent(Int64) }),
  reply: BulkReply,
})

export const getMetricHistoryBulkInterval = mlflowRpc({
  method: 'GET',
  path: '/metrics/get-history-bulk-interval',
  summary: 'A metric of several runs, at most max_results points of each, spread evenly',
  permission: 'run:read',
  request: z.object({
    run_ids: repeated(Text),
    metric_key: Name,
    start_step: absent(Int64),
    end_step: absent(Int64),
    max_results: absent(Int64),
  }),
  reply: BulkReply,
})
