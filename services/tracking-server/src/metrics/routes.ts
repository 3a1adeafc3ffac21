import * as contract from '@waymark/contract/metrics'
import type { Context } from '../context.ts'
import { invalid, missingParameter } from '../http/mlflow-error.ts'
import { JsonText } from '../http/reply.ts'
import type { RouteTable } from '../http/serve.ts'
import { readBulk, readHistory, readSampled } from './store.ts'

export function metricRoutes(routes: RouteTable, { db }: Context): void {
  routes.add(contract.getMetricHistory, async ({ run_id, run_uuid, metric_key, page_token, max_results }) => {
    const runId = run_id || run_uuid
    if (!runId) throw missingParameter('run_id')
    if (max_results !== undefined && max_results < 0) throw invalid('max_results must not be negative')
    const limit = max_results || undefined // MLflow's documentation: without a limit everything comes at once
    const { points, next } = await readHistory(db, { runId, key: metric_key, token: page_token, limit })
    const token = next === undefined ? '' : `,"next_page_token":${JSON.stringify(next)}`
    return new JsonText(points === '' ? '{}' : `{"metrics":[${points}]${token}}`)
  })
  routes.add(contract.getMetricHistoryBulk, async ({ run_id, metric_key, max_results }) => {
    requireRuns(run_id, 'GetMetricHistoryBulk')
    const most = contract.bulkLimits.pointsInAll
    const limit = Math.min(max_results ?? most, most)
    if (limit <= 0) throw invalid('max_results must be a positive integer')
    return new JsonText(`{"metrics":[${await readBulk(db, { runIds: run_id, key: metric_key, limit })}]}`)
  })
  routes.add(
    contract.getMetricHistoryBulkInterval,
    async ({ run_ids, metric_key, start_step, end_step, max_results }) => {
      requireRuns(run_ids, 'GetMetricHistoryBulkInterval')
      const limit = max_results ?? contract.bulkLimits.points
      if (limit < 1 || limit > contract.bulkLimits.points) {
        throw invalid(`max_results must be between 1 and ${contract.bulkLimits.points}. Got ${limit}`)
      }
      const steps = stepsOf(start_step, end_step)
      const points = await readSampled(db, { runIds: [...new Set(run_ids)], key: metric_key, steps, limit })
      return new JsonText(points === '' ? '{}' : `{"metrics":[${points}]}`)
    },
  )
}

function requireRuns(ids: readonly string[], call: string): void {
  if (ids.length === 0) throw invalid(`${call} request must specify at least one run_id.`)
  const most = contract.bulkLimits.runs
  if (ids.length > most)
    throw invalid(`${call} request must specify at most ${most} run_ids. Received ${ids.length} run_ids.`)
}

function stepsOf(start: number | undefined, end: number | undefined): readonly [number, number] | undefined {
  if (start === undefined && end === undefined) return undefined
  if (start === undefined || end === undefined) {
    throw invalid('If either start step or end step are specified, both must be specified.')
  }
  if (start > end)
    throw invalid(`end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`)
  return [start, end]
}
