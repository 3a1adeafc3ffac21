import { SegmentedControl } from '@mantine/core'
import { useCallback, useMemo, useRef } from 'react'
import { useChildCounts, useRunKeys } from '../../api/runs.ts'
import { bestValues, defaultColumns, keyOf, kindOf, varyingParams } from '../../ui/run-table/columns.ts'
import { tableRows } from '../../ui/run-table/rows.ts'
import { RunRows } from '../../ui/run-table/run-rows.tsx'
import { SelectionButtons } from '../../ui/run-table/selection-buttons.tsx'
import { Empty, Failed, SkeletonRows } from '../../ui/states.tsx'
import { ColumnChooser } from './column-chooser.tsx'
import { FilterBox } from './filter-box.tsx'
import { NoRuns } from './no-runs.tsx'
import { RunsFoot } from './runs-foot.tsx'
import { useOpenChildren } from './use-open-children.ts'
import { useRefusal } from './use-refusal.ts'
import { useRunKeyboard } from './use-run-keyboard.ts'
import { useRunList } from './use-run-list.ts'
import { useTableState } from './use-table-state.ts'

const noKeys = { metrics: [], params: [], tags: [] }

/** Filter, table and what is done with the chosen runs. */
export function RunsView({ experimentId }: { experimentId: string }) {
  const state = useTableState(experimentId)
  const { list, runs, total, arrived, reload } = useRunList({
    experimentId,
    filter: state.filter,
    orderBy: state.order,
  })
  const keys = useRunKeys(experimentId).data ?? noKeys
  const children = useOpenChildren(experimentId, state.isFlat ? [] : state.open, state.order)
  const nestedIds = [...children.values()].flatMap((each) => (each.state === 'loaded' ? each.runs : []))
  const counts = useChildCounts(state.isFlat ? [] : [...runs, ...nestedIds].map((run) => run.info.run_id)).data
  const open = useMemo(() => new Set(state.open), [state.open])
  const rows = useMemo(
    () => tableRows(runs, { children, counts: counts ?? new Map(), open }),
    [runs, children, counts, open],
  )
  const firstRuns = useRef(runs)
  firstRuns.current = runs.slice(0, 100)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what running runs log must not move the columns; more runs may
  const columns = useMemo(
    () => state.columns ?? defaultColumns(keys, firstRuns.current),
    [state.columns, keys, runs.length],
  )
  const shown = useMemo(() => rows.flatMap((row) => (row.kind === 'run' ? [row.run] : [])), [rows])
  const best = useMemo(
    () => bestValues(shown, columns.filter((id) => kindOf(id) === 'metrics').map(keyOf)),
    [shown, columns],
  )
  const varying = useMemo(() => varyingParams(shown), [shown])
  const selected = useMemo(() => new Set(state.selected), [state.selected])
  const cursor = useRunKeyboard({ rows, selected: state.selected, onSelect: state.select })
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const { isRefused, words } = useRefusal({ ...state, experimentId, error: list.error })
  return (
    <>
      <div className="wm-head wm-head--top">
        <FilterBox text={state.text} onApply={state.setText} refusal={words} />
        <SegmentedControl
          aria-label="Child runs"
          data={[
            { value: 'nested', label: 'Nested' },
            { value: 'flat', label: 'Flat' },
          ]}
          value={state.isFlat ? 'flat' : 'nested'}
          onChange={(value) => state.setFlat(value === 'flat')}
        />
        <ColumnChooser
          keys={keys}
          chosen={columns}
          onChoose={state.setColumns}
          onReset={() => state.setColumns(null)}
          varying={varying}
        />
        <SelectionButtons selected={state.selected} onClear={state.clearSelection} />
      </div>
      {list.isError && !isRefused ? (
        <Failed what="Cannot load the runs" error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <div className="wm-table">
          <SkeletonRows rows={12} />
        </div>
      ) : isRefused ? (
        <div className="wm-card">
          <Empty title="The server did not understand the filter">
            <span>The ? in the filter box has examples. Params and tags are text: their values go in quotes.</span>
          </Empty>
        </div>
      ) : runs.length === 0 ? (
        <NoRuns
          experimentId={experimentId}
          text={state.text}
          nestedFilter={state.isFlat ? undefined : state.nestedFilter}
          showFlat={() => state.setFlat(true)}
          arrived={arrived}
          reload={reload}
        />
      ) : (
        <RunRows
          rows={rows}
          columns={columns}
          best={best}
          sort={state.sort}
          onSort={state.setSort}
          selected={selected}
          onSelect={state.select}
          onOpen={(id) => state.setOpen(id, !open.has(id))}
          cursor={cursor}
          onEnd={onEnd}
        />
      )}
      <div className="wm-foot" aria-live="polite">
        {list.isSuccess && (
          <RunsFoot
            experimentId={experimentId}
            shown={runs.length}
            total={total}
            isFlat={state.isFlat}
            nestedFilter={state.isFlat || state.text === '' ? undefined : state.nestedFilter}
            showFlat={() => state.setFlat(true)}
            loadMore={hasNextPage ? onEnd : undefined}
            isLoadingMore={isFetchingNextPage}
            arrived={arrived}
            reload={reload}
            isLive={shown.some(({ info }) => info.status === 'RUNNING')}
          />
        )}
      </div>
    </>
  )
}
