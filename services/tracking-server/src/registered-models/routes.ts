import type { Tag } from '@waymark/contract/experiments'
import { Alias } from '@waymark/contract/names'
import * as contract from '@waymark/contract/registered-models'
import type { Context } from '../context.ts'
import { pageSize, requireKey, requireLength } from '../http/limits.ts'
import { invalid, invalidValue, missingParameter } from '../http/mlflow-error.ts'
import { modelStage, modelStages, versionNumber } from '../http/model-stage.ts'
import type { RouteTable } from '../http/serve.ts'
import { pageOf } from '../search/keyset.ts'
import { modelFilter, modelOrder } from './filter.ts'
import * as store from './store.ts'

const most = { name: 256, description: 5000, tag: 100_000 } as const

export function registeredModelRoutes(routes: RouteTable, { db, clock }: Context): void {
  routes.add(contract.createRegisteredModel, async ({ name, tags, description }) => {
    requireModelName(name, 'name')
    requireLength(description, most.description, 'description')
    tags.forEach((tag, index) => {
      requireTag(tag, `tags[${index}].key`)
    })
    const values = new Map(tags.map(({ key, value }) => [key, value]))
    await store.createModel(db, { name, description, tags: values, at: clock() })
    return { registered_model: await store.getModel(db, name) }
  })
  routes.add(contract.getRegisteredModel, async ({ name }) => ({ registered_model: await store.getModel(db, name) }))
  routes.add(contract.renameRegisteredModel, async ({ name, new_name }) => {
    requireModelName(new_name, 'new_name')
    await store.renameModel(db, { name, newName: new_name, at: clock() })
    return { registered_model: await store.getModel(db, new_name) }
  })
  routes.add(contract.updateRegisteredModel, async ({ name, description }) => {
    requireLength(description, most.description, 'description')
    await store.describeModel(db, { name, description, at: clock() })
    return { registered_model: await store.getModel(db, name) }
  })
  routes.add(contract.deleteRegisteredModel, async ({ name }) => {
    await store.deleteModel(db, name)
    return {}
  })
  for (const rpc of [contract.searchRegisteredModels, contract.searchRegisteredModelsByPost]) {
    routes.add(rpc, async ({ filter, max_results, order_by, page_token }) => {
      const size = pageSize(max_results, { most: 1000, usual: 100 })
      const order = modelOrder(order_by)
      const condition = modelFilter(filter)
      const found = await store.searchModels(db, { condition, order, token: page_token, limit: size + 1 })
      const { rows, ...next } = pageOf(order, found, size)
      return { registered_models: rows.map((row) => row.model), ...next }
    })
  }
  for (const rpc of [contract.getLatestVersions, contract.getLatestVersionsByQuery]) {
    routes.add(rpc, async ({ name, stages }) => {
      const wanted = stages.length > 0 ? stages.map(modelStage) : modelStages
      return { model_versions: await store.latestVersions(db, { name, stages: wanted }) }
    })
  }
  tagAndAliasRoutes(routes, { db, clock })
}

function tagAndAliasRoutes(routes: RouteTable, { db, clock }: Pick<Context, 'db' | 'clock'>): void {
  routes.add(contract.setRegisteredModelTag, async ({ name, ...tag }) => {
    requireTag(tag, 'key')
    await store.setModelTag(db, { name, ...tag, at: clock() })
    return {}
  })
  routes.add(contract.deleteRegisteredModelTag, async ({ name, key }) => {
    await store.deleteModelTag(db, { name, key })
    return {}
  })
  routes.add(contract.setAlias, async ({ name, alias, version }) => {
    const checked = Alias.safeParse(alias)
    if (!checked.success) throw invalidValue('alias', alias, `${checked.error.issues[0]?.message}.`)
    await store.setAlias(db, { name, alias, version: versionNumber(version) })
    return {}
  })
  routes.add(contract.deleteAlias, async ({ name, alias }) => {
    await store.deleteAlias(db, { name, alias })
    return {}
  })
  routes.add(contract.getVersionByAlias, async ({ name, alias }) => ({
    model_version: await store.versionByAlias(db, { name, alias }),
  }))
}

/** MLflow 3.17's rule: `models:/<name>/<version>` must be read in one way only. */
function requireModelName(name: string, parameter: string): void {
  requireLength(name, most.name, parameter)
  if (name.trim() === '') throw missingParameter(parameter)
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
}

function requireTag({ key, value }: Tag, path: string): void {
  requireKey(key, path, 'key')
  requireLength(value, most.tag, 'value')
}
