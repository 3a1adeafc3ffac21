import type { ReactNode } from 'react'
import { Icon } from '../icons.tsx'
import { cellClass } from './cells.tsx'
import { attributes, type ColumnId, isSortable, keyOf, kindOf, nameColumn, type Sort } from './columns.ts'

interface ColumnHeaderProps {
  readonly column: ColumnId
  /** px */
  readonly width: number
  readonly sort: Sort | undefined
  readonly onSort: () => void
  readonly onResize: ((event: unknown) => void) | undefined
  /** Which column of the table it is, from 0. */
  readonly at: number
  /** px */
  readonly marginLeft?: number
  readonly before?: ReactNode
}

/** A column's name: press to sort, drag its edge to widen. */
export function ColumnHeader({ column, width, sort, onSort, onResize, at, marginLeft = 0, before }: ColumnHeaderProps) {
  const isSorted = sort?.column === column
  const words = columnWords(column)
  return (
    <th
      scope="col"
      aria-sort={isSorted ? (sort.descending ? 'descending' : 'ascending') : 'none'}
      aria-colindex={at + 1}
      className={cellClass(column)}
      style={{ width, marginLeft }}
    >
      {before}
      {isSortable(column) ? (
        <button type="button" className="wm-table__sort" onClick={onSort} title={`${titleOf(column)}: press to sort`}>
          <span className="wm-cut">{words}</span>
          {isSorted && <Icon name={sort.descending ? 'down' : 'up'} size={11} />}
        </button>
      ) : (
        <span className="wm-cut" title={titleOf(column)}>
          {words}
        </span>
      )}
      <span aria-hidden="true" className="wm-table__edge" onMouseDown={onResize} onTouchStart={onResize} />
    </th>
  )
}

export function columnWords(column: ColumnId): string {
  const key = keyOf(column)
  if (kindOf(column) !== 'attributes') return key === 'mlflow.source.git.commit' ? 'Commit' : key
  if (column === nameColumn) return 'Name'
  return key in attributes ? attributes[key as keyof typeof attributes].words : key // checked by `in`
}

function titleOf(column: ColumnId): string {
  const kinds = { metrics: 'Metric', params: 'Param', tags: 'Tag', attributes: '' }
  return `${kinds[kindOf(column)]} ${columnWords(column)}`.trim()
}
