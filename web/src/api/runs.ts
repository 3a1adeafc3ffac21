import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { countChildren, countRuns, listRunKeys } from '@waymark/contract/run-table'
import { getRun, type Run } from '@waymark/contract/runs'
import { childrenOf } from './filters.ts'
import { liveEvery, queryOf } from './queries.ts'

/** The most child runs that one page loads at once; a page that shows them says how many there are. */
export const childrenAtOnce = 1000

/** A run, anew every two seconds while it is running. */
export function useRun(runId: string) {
  return useQuery({
    ...queryOf(getRun, { run_id: runId }),
    select: (reply) => reply.run,
    refetchInterval: (query) => (query.state.data?.run.info.status === 'RUNNING' ? liveEvery : false),
  })
}

/** How many children a run has, also above `childrenAtOnce`. */
export function useChildCount(run: Run | undefined) {
  return useQuery({
    ...queryOf(countChildren, { run_ids: run ? [run.info.run_id] : [] }),
    enabled: run !== undefined,
    select: (reply) => reply.children[0]?.count ?? 0,
    refetchInterval: run?.info.status === 'RUNNING' ? liveEvery : false,
  })
}

export function childrenRequest(
  experimentId: string,
  runId: string,
  orderBy: string[] = ['attributes.start_time ASC'],
) {
  return {
    experiment_ids: [experimentId],
    filter: childrenOf(runId),
    max_results: childrenAtOnce,
    order_by: orderBy,
  }
}

/** How many children each of some runs has. */
export function useChildCounts(runIds: readonly string[]) {
  return useQuery({
    ...queryOf(countChildren, { run_ids: [...runIds] }),
    enabled: runIds.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
    select: (reply) => new Map(reply.children.map(({ run_id, count }) => [run_id, count])),
  })
}

/** The keys of all metrics, params and tags in an experiment. */
export function useRunKeys(experimentId: string) {
  return useQuery({ ...queryOf(listRunKeys, { experiment_ids: [experimentId] }), refetchInterval: 15_000 })
}

export function useRunCount(experimentId: string, filter: string, { enabled = true }: { enabled?: boolean } = {}) {
  return useQuery({
    ...queryOf(countRuns, { experiment_ids: [experimentId], filter }),
    enabled,
    select: (reply) => reply.count,
  })
}

/** The tag in which MLflow keeps what people wrote about a run or an experiment. */
export const noteTag = 'mlflow.note.content'

/** The value of a tag of a run. */
export function tagOf(run: Run, key: string): string | undefined {
  return run.data.tags.find((tag) => tag.key === key)?.value
}
