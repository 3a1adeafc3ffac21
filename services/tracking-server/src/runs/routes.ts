import type { Tag } from '@waymark/contract/experiments'
import type { Metric, Param } from '@waymark/contract/runs'
import * as contract from '@waymark/contract/runs'
import type { Context } from '../context.ts'
import { randomName } from '../db/random-name.ts'
import { cut, maxParamLength, maxTagLength, pageSize, requireKey, requireLength } from '../http/limits.ts'
import { invalid, invalidValue, missingParameter } from '../http/mlflow-error.ts'
import { JsonText } from '../http/reply.ts'
import type { RouteTable } from '../http/serve.ts'
import { runFilter, runOrder } from './filter.ts'
import { runInputRoutes } from './input-routes.ts'
import * as log from './log.ts'
import { renderRuns, runInfo } from './render.ts'
import * as search from './search.ts'
import * as store from './store.ts'
import { runTableRoutes } from './table-routes.ts'

export function runRoutes(routes: RouteTable, { db, clock }: Context): void {
  routes.add(contract.createRun, async ({ experiment_id, user_id, run_name, start_time, tags }) => {
    const values = new Map(tags.map(({ key, value }) => [key, cut(value, maxTagLength)]))
    for (const key of values.keys()) requireLength(key, 250, 'key')
    const name = chosenName(run_name, values.get(log.nameTag))
    requireLength(name, 250, 'run_name')
    requireTime(start_time, 'start_time')
    const runNo = await store.createRun(db, {
      experimentId: experiment_id,
      name,
      userId: user_id ?? '',
      startTime: start_time ?? 0,
      tags: values.set(log.nameTag, name),
    })
    return oneRun(db, runNo)
  })
  routes.add(contract.getRun, async (request) => oneRun(db, await store.runNumber(db, idOf(request))))
  routes.add(contract.updateRun, async ({ status, end_time, run_name, ...request }) => {
    requireLength(run_name, 250, 'run_name')
    requireTime(end_time, 'end_time')
    const change = { status, endTime: end_time, name: run_name === '' ? undefined : run_name }
    return { run_info: runInfo(await store.updateRun(db, idOf(request), change)) }
  })
  routes.add(contract.deleteRun, async ({ run_id }) => {
    await store.moveRun(db, { runId: run_id, to: 'deleted', at: clock() })
    return {}
  })
  routes.add(contract.restoreRun, async ({ run_id }) => {
    await store.moveRun(db, { runId: run_id, to: 'active', at: clock() })
    return {}
  })
  routes.add(
    contract.searchRuns,
    async ({ experiment_ids, filter, run_view_type, max_results, order_by, page_token }) => {
      const size = pageSize(max_results, { most: 50_000, usual: 1000 })
      const found = { experimentIds: experiment_ids, view: run_view_type, condition: runFilter(filter) }
      return new JsonText(await search.searchRuns(db, { ...found, order: runOrder(order_by), token: page_token, size }))
    },
  )
  runTableRoutes(routes, { db })
  runInputRoutes(routes, { db })
  logRoutes(routes, db)
}

function logRoutes(routes: RouteTable, db: Context['db']): void {
  routes.add(contract.logMetric, async ({ run_id, run_uuid, ...metric }) => {
    const runId = idOf({ run_id, run_uuid })
    requireMetric(metric, '')
    await log.logBatch(db, runId, { metrics: [metric], params: [], tags: [] })
    return {}
  })
  routes.add(contract.logParameter, async ({ run_id, run_uuid, ...param }) => {
    const runId = idOf({ run_id, run_uuid })
    await log.logBatch(db, runId, { metrics: [], params: [checkedParam(param, 'key')], tags: [] })
    return {}
  })
  routes.add(contract.setTag, async ({ run_id, run_uuid, ...tag }) => {
    const runId = idOf({ run_id, run_uuid })
    await log.logBatch(db, runId, { metrics: [], params: [], tags: [checkedTag(tag, 'key')] })
    return {}
  })
  routes.add(contract.deleteTag, async ({ run_id, key }) => {
    await log.deleteTag(db, run_id, key)
    return {}
  })
  routes.add(contract.logBatch, async ({ run_id, metrics, params, tags }) => {
    requireBatchSize({ metrics, params, tags })
    metrics.forEach((metric, index) => {
      requireMetric(metric, `metrics[${index}].`)
    })
    const twice = params.map((param) => param.key).filter((key, index, keys) => keys.indexOf(key) !== index)
    if (twice.length > 0) {
      throw invalid(
        `Duplicate parameter keys have been submitted: [${[...new Set(twice)].map((key) => `'${key}'`).join(', ')}]. Please ensure the request contains only one param value per param key.`,
      )
    }
    await log.logBatch(db, run_id, {
      metrics,
      params: params.map((param, index) => checkedParam(param, `params[${index}].key`)),
      tags: tags.map((tag, index) => checkedTag(tag, `tags[${index}].key`)),
    })
    return {}
  })
}

async function oneRun(db: Context['db'], runNo: number): Promise<JsonText> {
  const texts = await renderRuns(db, [runNo], 'all')
  return new JsonText(`{"run":${texts.get(runNo)}}`)
}

/** @throws {MlflowError} 400 where neither name of the id is given. */
function idOf({ run_id, run_uuid }: { run_id?: string | undefined; run_uuid?: string | undefined }): string {
  const id = run_id || run_uuid
  if (!id) throw missingParameter('run_id')
  return id
}

function chosenName(given: string | undefined, tagged: string | undefined): string {
  if (given && tagged && given !== tagged) {
    throw invalid(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${cut(given, 250)}', mlflow.runName='${cut(tagged, 250)}').`,
    )
  }
  return given || tagged || randomName()
}

function requireTime(time: number | undefined, parameter: string): void {
  if (time !== undefined && time < 0) throw invalidValue(parameter, time, 'expected ms since epoch, 0 or more')
}

/** @param path stands before the field's name in errors: `metrics[3].` */
function requireMetric({ key, timestamp }: Metric, path: string): void {
  requireKey(key, `${path}name`, 'Metric name')
  if (timestamp >= 0) return
  throw invalid(
    `Got invalid timestamp ${timestamp} for metric '${key}'. Timestamp must be a nonnegative long (64-bit integer)`,
  )
}

function checkedParam({ key, value }: Param, path: string): Param {
  requireKey(key, path, 'Param key')
  return { key, value: cut(value, maxParamLength) }
}

function checkedTag({ key, value }: Tag, path: string): Tag {
  requireKey(key, path, 'Tag key')
  return { key, value: cut(value, maxTagLength) }
}

function requireBatchSize(batch: log.Batch): void {
  const { metrics, params, tags } = batch
  const total = metrics.length + params.length + tags.length
  const counts = { metrics: metrics.length, params: params.length, tags: tags.length, total } as const
  for (const kind of ['metrics', 'params', 'tags', 'total'] as const) {
    const limit = contract.batchLimits[kind]
    if (counts[kind] <= limit) continue
    const word = kind === 'total' ? 'metrics, params, and tags' : kind
    throw invalid(
      `A batch logging request can contain at most ${limit} ${word}. Got ${counts[kind]} ${word}. Please split up ${word} across multiple requests and try again.`,
    )
  }
}
