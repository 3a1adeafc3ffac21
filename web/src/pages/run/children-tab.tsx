import { useQuery } from '@tanstack/react-query'
import type { Run } from '@waymark/contract/runs'
import { searchRuns } from '@waymark/contract/runs'
import { useMemo } from 'react'
import { liveEvery, queryOf } from '../../api/queries.ts'
import { childrenRequest } from '../../api/runs.ts'
import { counted } from '../../ui/format.ts'
import {
  bestValues,
  defaultColumns,
  keyOf,
  kindOf,
  orderBy,
  sortFromUrl,
  sortToUrl,
} from '../../ui/run-table/columns.ts'
import { tableRows } from '../../ui/run-table/rows.ts'
import { RunRows } from '../../ui/run-table/run-rows.tsx'
import { SelectionButtons } from '../../ui/run-table/selection-buttons.tsx'
import { Failed, SkeletonRows } from '../../ui/states.tsx'
import { splitList, useUrlState, withItems } from '../../ui/url-state.ts'

const nothing = { children: new Map(), counts: new Map(), open: new Set<string>() }

/** The runs under this one, such as the trials of a search: what differs between them and what came out. */
export function ChildrenTab({ run, count }: { run: Run; count: number }) {
  const { params, set } = useUrlState()
  const sort = sortFromUrl(params.get('sort'))
  const selected = splitList(params.get('select'))
  const order = orderBy(sort)
  const children = useQuery({
    ...queryOf(
      searchRuns,
      childrenRequest(run.info.experiment_id, run.info.run_id, order.length > 0 ? order : undefined),
    ),
    refetchInterval: run.info.status === 'RUNNING' ? liveEvery : false,
    placeholderData: (before) => before,
  })
  const runs = useMemo(() => children.data?.runs ?? [], [children.data])
  const columns = useMemo(() => {
    const metrics = [...new Set(runs.flatMap(({ data }) => data.metrics.map(({ key }) => key)))].sort()
    return defaultColumns({ metrics, params: [], tags: [] }, runs)
  }, [runs])
  const rows = useMemo(() => tableRows(runs, nothing), [runs])
  if (children.isPending) return <SkeletonRows rows={8} />
  if (children.isError) {
    return <Failed what="Cannot load the child runs" error={children.error} retry={() => void children.refetch()} />
  }
  const select = (ids: readonly string[], isSelected: boolean) =>
    set((now) => ({ select: withItems(now.get('select'), ids, isSelected) }))
  return (
    <div className="wm-column">
      <div className="wm-head">
        <SelectionButtons selected={selected} onClear={() => set({ select: undefined })} />
        <span className="wm-dim wm-num" style={{ marginLeft: 'auto' }}>
          {runs.length} of {counted(count, 'child run')} shown
        </span>
      </div>
      <div className="wm-children">
        <RunRows
          rows={rows}
          columns={columns}
          best={bestValues(runs, columns.filter((id) => kindOf(id) === 'metrics').map(keyOf))}
          sort={sort}
          onSort={(next) => set({ sort: sortToUrl(next) }, { push: true })}
          selected={new Set(selected)}
          onSelect={select}
          onOpen={() => {}}
          cursor={undefined}
          onEnd={() => {}}
        />
      </div>
    </div>
  )
}
