import { type QueryClient, useQueries, useQuery } from '@tanstack/react-query'
import { getRun, type Run, searchRuns } from '@waymark/contract/runs'
import { ask } from './ask.ts'
import { theseRuns } from './filters.ts'
import { liveEvery, queryOf } from './queries.ts'

const runsAtOnce = 100

/** Several runs by id, in the order in which they started. */
export interface RunsById {
  /** Empty until all are there. */
  readonly runs: readonly Run[]
  /** The first failure and the id of its run. */
  readonly failed: { readonly runId: string; readonly error: unknown } | undefined
}

/** Comes in one piece when all are read: a page of hundreds of runs is not drawn anew for each. */
export function useRunsById(runIds: readonly string[]): RunsById {
  const fetched = useQuery({
    queryKey: ['runs-by-id', runIds],
    queryFn: ({ client, signal }) => fetchTogether(client, runIds, signal),
    enabled: runIds.length > 1,
    retry: false,
  })
  return useQueries({
    queries: runIds.map((run_id) => ({
      ...queryOf(getRun, { run_id }),
      enabled: !fetched.isLoading,
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

/** Reads the runs of the first one's experiment in a few calls, as if each had been asked for; any other is left. */
async function fetchTogether(client: QueryClient, runIds: readonly string[], signal: AbortSignal): Promise<null> {
  const [first = ''] = runIds
  const { run } = await client.fetchQuery(queryOf(getRun, { run_id: first }))
  for (let from = 0; from < runIds.length; from += runsAtOnce) {
    const ids = runIds.slice(from, from + runsAtOnce)
    const found = await ask(
      searchRuns,
      {
        experiment_ids: [run.info.experiment_id],
        filter: theseRuns(ids),
        run_view_type: 'ALL',
        max_results: ids.length,
      },
      { signal },
    )
    for (const each of found.runs) {
      client.setQueryData(queryOf(getRun, { run_id: each.info.run_id }).queryKey, { run: each })
    }
  }
  return null
}
