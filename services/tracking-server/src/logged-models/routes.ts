import * as contract from '@waymark/contract/logged-models'
import type { Context } from '../context.ts'
import { randomName } from '../db/random-name.ts'
import { pageSize, requireKey, requireLength } from '../http/limits.ts'
import { invalid } from '../http/mlflow-error.ts'
import type { RouteTable } from '../http/serve.ts'
import { pageOf } from '../search/keyset.ts'
import { loggedModelFilter, loggedModelOrder } from './filter.ts'
import * as store from './store.ts'

const most = { page: 50_000, name: 500, value: 8000 } as const

export function loggedModelRoutes(routes: RouteTable, { db, clock }: Context): void {
  routes.add(contract.createLoggedModel, async (request) => {
    const model = {
      experimentId: request.experiment_id,
      name: checkedName(request.name),
      modelType: request.model_type,
      sourceRunId: request.source_run_id,
      params: pairs(request.params, 'params'),
      tags: pairs(request.tags, 'tags'),
      at: clock(),
    }
    return { model: await store.getLoggedModel(db, await store.createLoggedModel(db, model)) }
  })
  routes.add(contract.searchLoggedModels, async (request) => {
    if (request.experiment_ids.length === 0) throw invalid('experiment_ids must name at least one experiment')
    const size = pageSize(request.max_results, { most: most.page, usual: 50 })
    const order = loggedModelOrder(request.order_by)
    const condition = loggedModelFilter(request.filter, request.datasets)
    const words = { experimentIds: request.experiment_ids, token: request.page_token, limit: size + 1 }
    const { rows, ...next } = pageOf(order, await store.searchLoggedModels(db, { ...words, condition, order }), size)
    return { models: rows.map((row) => row.json), ...next }
  })
  routes.add(contract.getLoggedModel, async ({ model_id }) => ({ model: await store.getLoggedModel(db, model_id) }))
  routes.add(contract.finalizeLoggedModel, async ({ model_id, status }) => {
    await store.setStatus(db, model_id, { status: contract.loggedModelStatuses.indexOf(status), at: clock() })
    return { model: await store.getLoggedModel(db, model_id) }
  })
  routes.add(contract.deleteLoggedModel, async ({ model_id }) => {
    await store.deleteLoggedModel(db, model_id, clock())
    return {}
  })
  routes.add(contract.setLoggedModelTags, async ({ model_id, tags }) => {
    await store.setTags(db, model_id, pairs(tags, 'tags'), clock())
    return {}
  })
  routes.add(contract.deleteLoggedModelTag, async ({ model_id, key }) => {
    await store.deleteTag(db, model_id, key)
    return {}
  })
  routes.add(contract.logLoggedModelParams, async ({ model_id, params }) => {
    await store.logParams(db, model_id, pairs(params, 'params'))
    return {}
  })
}

function checkedName(name: string | undefined): string {
  if (name === undefined) return randomName()
  requireLength(name, most.name, 'name')
  if (name !== '' && !/[/:.%"']/.test(name)) return name
  throw invalid(
    `Invalid model name ('${name}') provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
  )
}

function pairs(items: readonly { key: string; value: string }[], what: string): Map<string, string> {
  items.forEach(({ key, value }, index) => {
    requireKey(key, `${what}[${index}].key`, 'key')
    requireLength(value, most.value, `${what}[${index}].value`)
  })
  return new Map(items.map(({ key, value }) => [key, value]))
}
