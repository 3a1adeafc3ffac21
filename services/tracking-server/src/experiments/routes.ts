import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Tag } from '@waymark/contract/experiments'
import * as contract from '@waymark/contract/experiments'
import type { Context } from '../context.ts'
import { pageSize, requireKey, requireLength } from '../http/limits.ts'
import { invalid } from '../http/mlflow-error.ts'
import type { RouteTable } from '../http/serve.ts'
import { pageOf } from '../search/keyset.ts'
import { experimentFilter, experimentOrder } from './filter.ts'
import * as store from './store.ts'

const most = { page: 50_000, name: 500, tag: 20_000, location: 2048, datasetExperiments: 20 } as const

export function experimentRoutes(routes: RouteTable, { db, clock, defaultArtifactRoot }: Context): void {
  routes.add(contract.createExperiment, async ({ name, artifact_location, tags }) => {
    requireLength(name, most.name, 'name')
    tags.forEach((tag, index) => {
      requireTag(tag, `tags[${index}].key`)
    })
    const artifacts = artifact_location
      ? { location: absoluteLocation(artifact_location) }
      : { root: defaultArtifactRoot }
    const values = new Map(tags.map(({ key, value }) => [key, value]))
    return { experiment_id: await store.createExperiment(db, { name, artifacts, tags: values, at: clock() }) }
  })
  routes.add(contract.getExperiment, async ({ experiment_id }) => ({
    experiment: await store.getExperiment(db, experiment_id),
  }))
  routes.add(contract.getExperimentByName, async ({ experiment_name }) => ({
    experiment: await store.getExperimentByName(db, experiment_name),
  }))
  for (const rpc of [contract.searchExperiments, contract.searchExperimentsByQuery]) {
    routes.add(rpc, async ({ max_results, page_token, filter, order_by, view_type }) => {
      const size = pageSize(max_results, { most: most.page })
      const order = experimentOrder(order_by)
      const condition = experimentFilter(filter)
      const found = await store.searchExperiments(db, {
        view: view_type,
        condition,
        order,
        token: page_token,
        limit: size + 1,
      })
      const { rows, ...next } = pageOf(order, found, size)
      return { experiments: rows, ...next }
    })
  }
  routes.add(contract.deleteExperiment, async ({ experiment_id }) => {
    await store.moveExperiment(db, { id: experiment_id, from: 'active', to: 'deleted', at: clock() })
    return {}
  })
  routes.add(contract.restoreExperiment, async ({ experiment_id }) => {
    await store.moveExperiment(db, { id: experiment_id, from: 'deleted', to: 'active', at: clock() })
    return {}
  })
  routes.add(contract.updateExperiment, async ({ experiment_id, new_name }) => {
    requireLength(new_name, most.name, 'new_name')
    await store.renameExperiment(db, { id: experiment_id, name: new_name, at: clock() })
    return {}
  })
  routes.add(contract.setExperimentTag, async ({ experiment_id, ...tag }) => {
    requireTag(tag, 'key')
    await store.setExperimentTag(db, { id: experiment_id, ...tag })
    return {}
  })
  routes.add(contract.deleteExperimentTag, async ({ experiment_id, key }) => {
    await store.deleteExperimentTag(db, { id: experiment_id, key })
    return {}
  })
  routes.add(contract.searchDatasets, async ({ experiment_ids }) => {
    if (experiment_ids.length === 0) throw invalid('SearchDatasets request must specify at least one experiment_id.')
    if (experiment_ids.length > most.datasetExperiments) {
      throw invalid(
        `SearchDatasets request cannot specify more than ${most.datasetExperiments} experiment_ids. Received ${experiment_ids.length} experiment_ids.`,
      )
    }
    return { dataset_summaries: await store.searchDatasets(db, experiment_ids) }
  })
}

function requireTag({ key, value }: Tag, path: string): void {
  requireKey(key, path, 'key')
  requireLength(value, most.tag, 'value')
}

/** @returns a URI; a path is taken from the server's working folder, as `mlflow server` does. */
function absoluteLocation(location: string): string {
  requireLength(location, most.location, 'artifact_location')
  if (/[#;]/.test(location))
    throw invalid('Invalid artifact_location: it must not hold a fragment or parameters (#, ;)')
  const query = location.split('?').slice(1).join('?')
  if (isUnsafeQuery(query)) throw invalid('Invalid query string in artifact_location: it must not hold ".."')
  if (/^[A-Za-z][A-Za-z0-9+.-]+:/.test(location)) {
    if (location.startsWith('runs:')) throw invalid('Invalid artifact_location: a runs: URI names a run, not a place')
    return location
  }
  return pathToFileURL(resolve(location)).href
}

function isUnsafeQuery(query: string): boolean {
  let text = query
  for (let round = 0; round < 10; round++) {
    if (text.includes('..')) return true
    const decoded = decodeLoosely(text)
    if (decoded === text) return false
    text = decoded
  }
  return true
}

function decodeLoosely(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
