import { queryOptions, useQuery } from '@tanstack/react-query'
import { searchModelVersions } from '@waymark/contract/model-versions'
import {
  getRegisteredModel,
  type ModelVersion,
  type RegisteredModel,
  searchRegisteredModels,
} from '@waymark/contract/registered-models'
import { ask } from './ask.ts'
import { queryOf } from './queries.ts'

const everyModel = queryOptions({
  queryKey: ['models'],
  queryFn: async ({ signal }) => {
    const found: RegisteredModel[] = []
    let page_token: string | undefined
    do {
      const page = await ask(searchRegisteredModels, { max_results: 1000, page_token }, { signal })
      found.push(...page.registered_models)
      page_token = page.next_page_token
    } while (page_token !== undefined)
    return found
  },
  refetchInterval: 10_000,
})

export function useModels() {
  return useQuery(everyModel)
}

export function useModel(name: string) {
  return useQuery({ ...queryOf(getRegisteredModel, { name }), select: (reply) => reply.registered_model })
}

/** The versions of a model, or those that a run made, newest first. */
export function useVersions(of: { name: string } | { runId: string }) {
  const filter = 'name' in of ? `name = ${quoted(of.name)}` : `run_id = '${of.runId}'`
  return useQuery({
    queryKey: ['model-versions', filter],
    queryFn: async ({ signal }) => {
      const found: ModelVersion[] = []
      let page_token: string | undefined
      do {
        const page = await ask(searchModelVersions, { filter, max_results: 1000, page_token }, { signal })
        found.push(...page.model_versions)
        page_token = page.next_page_token
      } while (page_token !== undefined)
      return found.sort((a, b) => Number(b.version) - Number(a.version))
    },
    refetchInterval: 10_000,
  })
}

/** MLflow's filters know no escape within quotes; a name with one kind of quote goes into the other. */
function quoted(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`
}
