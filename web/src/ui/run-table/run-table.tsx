import './run-table.css'
import { Checkbox } from '@mantine/core'
import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef } from 'react'
import { NameCell, ValueCell } from './cells.tsx'
import { ColumnHeader } from './column-header.tsx'
import { type ColumnId, keyOf, kindOf, nextSort, type Sort } from './columns.ts'
import type { TableRow } from './rows.ts'

const features = tableFeatures({ columnSizingFeature, columnResizingFeature })
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

/** The runs, a line each; only the lines in sight are in the page. */
export function RunTable(props: RunTableProps) {
  const { rows, columns, best, sort, onSort, selected, onSelect, onOpen, cursor, onEnd } = props
  const box = useRef<HTMLDivElement>(null)
  const defs = useMemo(() => columnDefs(columns), [columns])
  const table = useTable({
    features,
    columns: defs,
    data: rows,
    columnResizeMode: 'onChange',
    getRowId: (row) => row.id,
  })
  const lines = table.getRowModel().rows
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    getItemKey: (index) => lines[index]?.id ?? index,
  })
  const items = virtual.getVirtualItems()
  const lastInSight = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (lines.length > 0 && lastInSight >= lines.length - 20) onEnd()
  }, [lastInSight, lines.length, onEnd])
  useEffect(() => {
    const index = rows.findIndex((row) => row.id === cursor)
    if (index >= 0) virtual.scrollToIndex(index)
  }, [cursor, rows, virtual])

  const runIds = rows.filter((row) => row.kind === 'run').map((row) => row.id)
  const chosen = runIds.filter((id) => selected.has(id)).length
  const headers = table.getHeaderGroups()[0]?.headers ?? []
  const width = headers.reduce((sum, header) => sum + header.getSize(), 0)
  return (
    <div className="wm-table" ref={box}>
      <table className="wm-table__table" aria-label="Runs" aria-rowcount={rows.length + 1} style={{ minWidth: width }}>
        <thead>
          <tr aria-rowindex={1} className="wm-table__head">
            {headers.map((header) => (
              <ColumnHeader
                key={header.id}
                column={header.id}
                width={header.getSize()}
                sort={sort}
                onSort={() => onSort(nextSort(header.id, sort))}
                onResize={header.getResizeHandler()}
                before={
                  header.id === nameColumn && (
                    <Checkbox
                      aria-label="Select all runs shown"
                      checked={chosen > 0 && chosen === runIds.length}
                      indeterminate={chosen > 0 && chosen < runIds.length}
                      onChange={() => onSelect(runIds, chosen < runIds.length)}
                    />
                  )
                }
              />
            ))}
          </tr>
        </thead>
        <tbody className="wm-table__body" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const line = lines[item.index]
            if (!line) return null
            const row = line.original
            const place = { height: rowHeight, transform: `translateY(${item.start}px)` }
            if (row.kind === 'note') return <NoteLine key={row.id} row={row} place={place} index={item.index} />
            const isSelected = selected.has(row.id)
            return (
              <tr
                key={row.id}
                aria-rowindex={item.index + 2}
                aria-selected={isSelected}
                className={`wm-table__row${isSelected ? ' is-selected' : ''}${row.id === cursor ? ' is-cursor' : ''}`}
                style={place}
              >
                {line.getAllCells().map(({ column }) => (
                  <td key={column.id} className={cellClass(column.id)} style={{ width: column.getSize() }}>
                    {column.id === nameColumn ? (
                      <NameCell
                        row={row}
                        isSelected={isSelected}
                        onSelect={() => onSelect([row.id], !isSelected)}
                        onOpen={() => onOpen(row.id)}
                      />
                    ) : (
                      <ValueCell run={row.run} column={column.id} best={best.get(keyOf(column.id))} />
                    )}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

export const nameColumn = 'attributes.run_name'

function columnDefs(columns: readonly ColumnId[]): ColumnDef<typeof features, TableRow>[] {
  return [nameColumn, ...columns].map((id) => ({ id, size: widthOf(id), minSize: 60 }))
}

function widthOf(column: ColumnId): number {
  if (column === nameColumn) return 300
  const widths: Record<string, number> = { 'attributes.status': 104, 'attributes.run_id': 270 }
  if (kindOf(column) === 'attributes') return widths[column] ?? 96
  return Math.min(220, Math.max(104, keyOf(column).length * 7.5 + 34))
}

function cellClass(column: ColumnId): string {
  if (column === nameColumn) return 'wm-table__cell wm-table__cell--name'
  const isNumber = kindOf(column) === 'metrics' || column === 'attributes.duration'
  return isNumber ? 'wm-table__cell wm-table__cell--number' : 'wm-table__cell'
}

function NoteLine({
  row,
  place,
  index,
}: {
  row: Extract<TableRow, { kind: 'note' }>
  place: { height: number; transform: string }
  index: number
}) {
  return (
    <tr aria-rowindex={index + 2} className="wm-table__row wm-dim" style={place}>
      <td className="wm-table__cell" style={{ paddingLeft: 40 + row.depth * 18 }}>
        {row.words}
      </td>
    </tr>
  )
}
