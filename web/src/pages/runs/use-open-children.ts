import { useQueries } from '@tanstack/react-query'
import { searchRuns } from '@waymark/contract/runs'
import { liveEvery, queryOf } from '../../api/queries.ts'
import { childrenRequest } from '../../api/runs.ts'
import type { Children } from '../../ui/run-table/rows.ts'

/** The children of the open runs, in the order of the table. */
export function useOpenChildren(
  experimentId: string,
  open: readonly string[],
  orderBy: readonly string[],
): Map<string, Children> {
  return useQueries({
    queries: open.map((runId) => ({
      ...queryOf(searchRuns, childrenRequest(experimentId, runId, orderBy.length > 0 ? [...orderBy] : undefined)),
      refetchInterval: (query: { state: { data?: { runs: { info: { status: string } }[] } | undefined } }) =>
        query.state.data?.runs.some(({ info }) => info.status === 'RUNNING') ? liveEvery : 10_000,
    })),
    combine: (results) =>
      new Map(
        results.map((result, i): [string, Children] => [
          open[i] ?? '',
          result.data
            ? { state: 'loaded', runs: result.data.runs }
            : result.isError
              ? { state: 'failed', error: result.error }
              : { state: 'loading' },
        ]),
      ),
  })
}
