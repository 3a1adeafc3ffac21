import type { Tag } from '@waymark/contract/experiments'
import * as contract from '@waymark/contract/model-versions'
import type { Context } from '../context.ts'
import { pageSize, requireKey, requireLength } from '../http/limits.ts'
import { invalid } from '../http/mlflow-error.ts'
import { modelStage, versionNumber } from '../http/model-stage.ts'
import type { RouteTable } from '../http/serve.ts'
import { pageOf } from '../search/keyset.ts'
import { versionFilter, versionOrder } from './filter.ts'
import { resolveSource } from './source.ts'
import * as store from './store.ts'

const most = { description: 5000, tag: 100_000, source: 2048 } as const

export function modelVersionRoutes(routes: RouteTable, { db, clock }: Context): void {
  routes.add(contract.createModelVersion, async ({ name, source, run_id, tags, run_link, description, model_id }) => {
    requireLength(source, most.source, 'source')
    requireLength(description, most.description, 'description')
    tags.forEach((tag, index) => {
      requireTag(tag, `tags[${index}].key`)
    })
    const values = new Map(tags.map(({ key, value }) => [key, value]))
    const resolved = await resolveSource(db, {
      source,
      runId: run_id || undefined,
      modelId: model_id || undefined,
      isPrompt: values.get('mlflow.prompt.is_prompt') === 'true',
    })
    const words = { runLink: run_link, description, tags: values, at: clock() }
    return { model_version: await store.getVersion(db, await store.createVersion(db, { name, ...resolved, ...words })) }
  })
  routes.add(contract.getModelVersion, async (request) => ({
    model_version: await store.getVersion(db, idOf(request)),
  }))
  routes.add(contract.getDownloadUri, async (request) => ({ artifact_uri: await store.downloadUri(db, idOf(request)) }))
  routes.add(contract.searchModelVersions, async ({ filter, max_results, order_by, page_token }) => {
    const size = pageSize(max_results, { most: 200_000, usual: 200_000 })
    const order = versionOrder(order_by)
    const condition = versionFilter(filter)
    const found = await store.searchVersions(db, { condition, order, token: page_token, limit: size + 1 })
    const { rows, ...next } = pageOf(order, found, size)
    return { model_versions: rows.map((row) => row.json), ...next }
  })
  routes.add(contract.updateModelVersion, async ({ description, ...request }) => {
    requireLength(description, most.description, 'description')
    await store.describeVersion(db, idOf(request), { description, at: clock() })
    return { model_version: await store.getVersion(db, idOf(request)) }
  })
  routes.add(contract.transitionStage, async ({ stage: text, archive_existing_versions, ...request }) => {
    const stage = modelStage(text)
    const archive = archive_existing_versions ?? false
    if (archive && stage !== 'Staging' && stage !== 'Production') {
      throw invalid(`archive_existing_versions goes with the stages Staging and Production, not with ${stage}`)
    }
    await store.moveVersion(db, idOf(request), { stage, archive, at: clock() })
    return { model_version: await store.getVersion(db, idOf(request)) }
  })
  routes.add(contract.deleteModelVersion, async (request) => {
    await store.deleteVersion(db, idOf(request), clock())
    return {}
  })
  routes.add(contract.setModelVersionTag, async ({ key, value, ...request }) => {
    requireTag({ key, value }, 'key')
    await store.setVersionTag(db, idOf(request), { key, value })
    return {}
  })
  routes.add(contract.deleteModelVersionTag, async ({ key, ...request }) => {
    await store.deleteVersionTag(db, idOf(request), key)
    return {}
  })
}

function idOf({ name, version }: { name: string; version: string }): store.VersionId {
  return { name, version: versionNumber(version) }
}

function requireTag({ key, value }: Tag, path: string): void {
  requireKey(key, path, 'key')
  requireLength(value, most.tag, 'value')
}
