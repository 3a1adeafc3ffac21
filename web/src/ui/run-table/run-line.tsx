import { memo } from 'react'
import { cellClass, NameCell, ValueCell } from './cells.tsx'
import { keyOf, nameColumn } from './columns.ts'
import type { TableRow } from './rows.ts'
import type { SeenColumns } from './use-seen-columns.ts'

interface RunLineProps {
  readonly row: Extract<TableRow, { kind: 'run' }>
  readonly columns: SeenColumns
  readonly isSelected: boolean
  readonly isCursor: boolean
  /** Which line of the table this is, from 0, and where it lies, px. */
  readonly index: number
  readonly top: number
  readonly best: ReadonlyMap<string, number>
  readonly onSelect: (runIds: readonly string[], isSelected: boolean) => void
  readonly onOpen: (runId: string) => void
}

/** A run as a line of the table. While the table scrolls, lines that stay in sight are not made anew. */
export const RunLine = memo(function RunLine(props: RunLineProps) {
  const { row, columns, isSelected, isCursor, index, top, best, onSelect, onOpen } = props
  return (
    <tr
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className={`wm-table__row${isSelected ? ' is-selected' : ''}${isCursor ? ' is-cursor' : ''}`}
      style={{ width: columns.total, transform: `translateY(${top}px)` }}
    >
      <td className={cellClass(nameColumn)} style={{ width: columns.nameWidth }} aria-colindex={1}>
        <NameCell
          row={row}
          isSelected={isSelected}
          onSelect={() => onSelect([row.id], !isSelected)}
          onOpen={() => onOpen(row.id)}
        />
      </td>
      {columns.seen.map(({ id, width, before, at }) => (
        <td key={id} className={cellClass(id)} style={{ width, marginLeft: before }} aria-colindex={at + 2}>
          <ValueCell run={row.run} column={id} best={best.get(keyOf(id))} />
        </td>
      ))}
    </tr>
  )
})

/** What is said in place of runs: that they load, that there are more. */
export function NoteLine({
  row,
  index,
  top,
}: {
  row: Extract<TableRow, { kind: 'note' }>
  index: number
  top: number
}) {
  return (
    <tr aria-rowindex={index + 2} className="wm-table__row wm-dim" style={{ transform: `translateY(${top}px)` }}>
      <td className="wm-table__cell" style={{ paddingLeft: 40 + row.depth * 18 }}>
        {row.words}
      </td>
    </tr>
  )
}
