import { type InfiniteData, keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { countRuns } from '@waymark/contract/run-table'
import { type Run, searchRuns } from '@waymark/contract/runs'
import { useEffect, useMemo } from 'react'
import { ask } from '../../api/ask.ts'
import { theseRuns } from '../../api/filters.ts'
import { liveEvery, queryOf } from '../../api/queries.ts'

const pageSize = 50

interface RunPage {
  readonly runs: readonly Run[]
  readonly next: string | undefined
  /** Matching runs when the first page was read. */
  readonly total: number
}

export interface RunListOf {
  readonly experimentId: string
  readonly filter: string
  readonly orderBy: readonly string[]
}

/**
 * The runs of a table, page after page. Running ones are kept up to date in place; the order, and which runs are in
 * the list, stay as they were read until `reload`: `arrived` tells how many there are more by now.
 */
export function useRunList({ experimentId, filter, orderBy }: RunListOf) {
  const client = useQueryClient()
  const queryKey = useMemo(() => ['run-list', experimentId, filter, orderBy] as const, [experimentId, filter, orderBy])
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => readPage({ experimentId, filter, orderBy }, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
    refetchOnMount: 'always',
  })
  const runs = useMemo(() => list.data?.pages.flatMap((page) => page.runs) ?? [], [list.data])
  useLiveRuns(runs, experimentId, queryKey)
  const counted = useQuery({
    ...queryOf(countRuns, { experiment_ids: [experimentId], filter }),
    enabled: list.isSuccess && !list.isPlaceholderData,
    refetchInterval: 4_000,
  })
  const total = list.data?.pages[0]?.total ?? 0
  const arrived = list.isPlaceholderData || list.isFetching ? 0 : Math.max(0, (counted.data?.count ?? 0) - total)
  return { list, runs, total, arrived, reload: () => void client.resetQueries({ queryKey }) }
}

async function readPage(
  { experimentId, filter, orderBy }: RunListOf,
  pageToken: string | undefined,
  signal: AbortSignal,
): Promise<RunPage> {
  const scope = { experiment_ids: [experimentId], filter }
  const [page, counted] = await Promise.all([
    ask(searchRuns, { ...scope, order_by: [...orderBy], max_results: pageSize, page_token: pageToken }, { signal }),
    pageToken === undefined ? ask(countRuns, scope, { signal }) : undefined,
  ])
  return { runs: page.runs, next: page.next_page_token, total: counted?.count ?? 0 }
}

/** Asks every two seconds for the runs of the list that are still running, and puts what comes in their place. */
function useLiveRuns(runs: readonly Run[], experimentId: string, queryKey: readonly unknown[]): void {
  const client = useQueryClient()
  const running = runs.filter(({ info }) => info.status === 'RUNNING').map(({ info }) => info.run_id)
  const { data } = useQuery({
    ...queryOf(searchRuns, {
      experiment_ids: [experimentId],
      filter: theseRuns(running.length > 0 ? running : ['none']),
      max_results: Math.max(1, running.length),
    }),
    enabled: running.length > 0,
    refetchInterval: liveEvery,
  })
  useEffect(() => {
    if (!data) return
    const fresh = new Map(data.runs.map((run) => [run.info.run_id, run]))
    client.setQueryData<InfiniteData<RunPage>>(
      queryKey,
      (list) =>
        list && {
          ...list,
          pages: list.pages.map((page) => ({
            ...page,
            runs: page.runs.map((run) => (run.info.status === 'RUNNING' ? (fresh.get(run.info.run_id) ?? run) : run)),
          })),
        },
    )
  }, [data, client, queryKey])
}
