import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query'
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

/** Several runs by id, in the order in which they started. */
export interface RunsById {
  /** Empty until all are there. */
  readonly runs: readonly Run[]
  /** The first failure and the id of its run. */
  readonly failed: { readonly runId: string; readonly error: unknown } | undefined
}

/** Comes in one piece when all are read: a page of hundreds of runs is not drawn anew for each. */
export function useRunsById(runIds: readonly string[]): RunsById {
  return useQueries({
    queries: runIds.map((run_id) => ({
      ...queryOf(getRun, { run_id }),
      refetchInterval: (query: { state: { data?: { run: Run } | undefined } }) =>
        query.state.data?.run.info.status === 'RUNNING' ? liveEvery : (false as const),
    })),
    combine: (results): RunsById => {
      const at = results.findIndex(({ isError }) => isError)
      const runs = results.flatMap(({ data }) => (data ? [data.run] : []))
      return {
        runs: runs.length < runIds.length ? [] : runs.sort((a, b) => a.info.start_time - b.info.start_time),
        failed: at < 0 ? undefined : { runId: runIds[at] ?? '', error: results[at]?.error },
      }
    },
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
