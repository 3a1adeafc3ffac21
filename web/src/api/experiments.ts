import { queryOptions, useQuery } from '@tanstack/react-query'
import { type Experiment, getExperiment, searchExperiments } from '@waymark/contract/experiments'
import { summariseExperiments } from '@waymark/contract/run-table'
import { ask } from './ask.ts'
import { queryOf } from './queries.ts'

const everyExperiment = queryOptions({
  queryKey: ['experiments'],
  queryFn: async ({ signal }) => {
    const found: Experiment[] = []
    let page_token: string | undefined
    do {
      const page = await ask(searchExperiments, { max_results: 1000, page_token }, { signal })
      found.push(...page.experiments)
      page_token = page.next_page_token
    } while (page_token !== undefined)
    return found
  },
  refetchInterval: 10_000,
})

/** All active experiments, newest first. */
export function useExperiments() {
  return useQuery(everyExperiment)
}

/** How many runs each experiment has, how many of them are running, and when the last one started. */
export function useSummaries(experimentIds: readonly string[]) {
  return useQuery({
    ...queryOf(summariseExperiments, { experiment_ids: [...experimentIds] }),
    enabled: experimentIds.length > 0,
    refetchInterval: 5_000,
    select: (reply) => new Map(reply.experiments.map((summary) => [summary.experiment_id, summary])),
  })
}

export function useExperiment(experimentId: string) {
  return useQuery({
    ...queryOf(getExperiment, { experiment_id: experimentId }),
    staleTime: 60_000,
    select: (reply) => reply.experiment,
  })
}
