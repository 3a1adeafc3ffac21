import './run-table.css'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useEffectEvent, useMemo, useRef } from 'react'
import { useScrollPlace } from '../use-scroll-place.ts'
import { ColumnHeader } from './column-header.tsx'
import { type ColumnId, nameColumn, nextSort, type Sort } from './columns.ts'
import type { TableRow } from './rows.ts'
import { NoteLine, RunLine } from './run-line.tsx'
import { SelectBox } from './select-box.tsx'
import { useSeenColumns } from './use-seen-columns.ts'

const rowHeight = 32

export interface RunTableProps {
  readonly rows: readonly TableRow[]
  readonly columns: readonly ColumnId[]
  readonly best: ReadonlyMap<string, number>
  readonly sort: Sort | undefined
  readonly onSort: (sort: Sort | undefined) => void
  readonly selected: ReadonlySet<string>
  readonly onSelect: (runIds: readonly string[], isSelected: boolean) => void
  readonly onOpen: (runId: string) => void
  /** The run that the keyboard is at. */
  readonly cursor: string | undefined
  /** The last rows came into sight. */
  readonly onEnd: () => void
}

/** The runs, a line each; only the lines and columns in sight are in the page. */
export function RunTable(props: RunTableProps) {
  const { rows, columns, best, sort, onSort, selected, onSelect, onOpen, cursor, onEnd } = props
  const box = useRef<HTMLDivElement>(null)
  const { seenColumns, resizeOf } = useSeenColumns(columns, box)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => rows[index]?.id ?? index,
  })
  useScrollPlace(box, 'runs') // behind the virtualizers, which begin by scrolling to their own idea of the place
  const items = virtual.getVirtualItems()
  const lastInSight = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (rows.length > 0 && lastInSight >= rows.length - 20) onEnd()
  }, [lastInSight, rows.length, onEnd])
  const bringIntoSight = useEffectEvent((rowId: string) => {
    const index = rows.findIndex((row) => row.id === rowId)
    if (index >= 0) virtual.scrollToIndex(index)
  })
  // When the cursor moves, not when rows come or change: the reader may have scrolled away from it.
  useEffect(() => {
    if (cursor !== undefined) bringIntoSight(cursor)
  }, [cursor])

  const runIds = useMemo(() => rows.filter((row) => row.kind === 'run').map((row) => row.id), [rows])
  const chosen = useMemo(() => runIds.filter((id) => selected.has(id)).length, [runIds, selected])
  const header = (id: ColumnId, width: number) => ({
    column: id,
    width,
    sort,
    onSort: () => onSort(nextSort(id, sort)),
    onResize: resizeOf(id),
  })
  return (
    <div className="wm-table" ref={box}>
      <table
        className="wm-table__table"
        aria-label="Runs"
        aria-rowcount={rows.length + 1}
        aria-colcount={columns.length + 1}
        style={{ minWidth: seenColumns.total }}
      >
        <thead>
          <tr aria-rowindex={1} className="wm-table__head">
            <ColumnHeader
              {...header(nameColumn, seenColumns.nameWidth)}
              at={0}
              before={
                <SelectBox
                  label="Select all runs shown"
                  isChecked={chosen > 0 && chosen === runIds.length}
                  isPartly={chosen > 0 && chosen < runIds.length}
                  onChange={() => onSelect(runIds, chosen < runIds.length)}
                />
              }
            />
            {seenColumns.seen.map(({ id, width, before, at }) => (
              <ColumnHeader key={id} {...header(id, width)} at={at + 1} marginLeft={before} />
            ))}
          </tr>
        </thead>
        <tbody className="wm-table__body" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rows[index]
            if (!row) return null
            if (row.kind === 'note') return <NoteLine key={row.id} row={row} index={index} top={start} />
            return (
              <RunLine
                key={row.id}
                row={row}
                columns={seenColumns}
                isSelected={selected.has(row.id)}
                isCursor={row.id === cursor}
                index={index}
                top={start}
                best={best}
                onSelect={onSelect}
                onOpen={onOpen}
              />
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
