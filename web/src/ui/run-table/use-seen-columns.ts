import {
  type ColumnDef,
  columnResizingFeature,
  columnSizingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useMemo } from 'react'
import { attributes, type ColumnId, keyOf, kindOf, nameColumn } from './columns.ts'

export interface SeenColumn {
  readonly id: ColumnId
  /** px */
  readonly width: number
  /** px of columns out of sight that lie between the name and this one; 0 for all but the first. */
  readonly before: number
  /** Which of the columns behind the name it is, from 0. */
  readonly at: number
}

/** The columns of a table that are in sight, and how wide all of them are. */
export interface SeenColumns {
  /** px; the name's column is always in sight. */
  readonly nameWidth: number
  readonly seen: readonly SeenColumn[]
  /** px, of all columns */
  readonly total: number
}

const features = tableFeatures({ columnSizingFeature, columnResizingFeature })
const noRows: [] = []

/** Of hundreds of columns only those in sight are in the page. @returns them, and what drags the edge of one. */
export function useSeenColumns(columns: readonly ColumnId[], box: RefObject<HTMLElement | null>) {
  const defs = useMemo(() => columnDefs(columns), [columns])
  const table = useTable({ features, columns: defs, data: noRows, columnResizeMode: 'onChange' })
  const headers = table.getHeaderGroups()[0]?.headers ?? []
  const [nameWidth = 0, ...widths] = headers.map((header) => header.getSize())
  const virtual = useVirtualizer({
    horizontal: true,
    count: columns.length,
    getScrollElement: () => box.current,
    estimateSize: (at) => widths[at] ?? 0,
    paddingStart: nameWidth,
    overscan: 3,
  })
  const shape = widths.join(' ')
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was measured holds until a width changes
  useEffect(() => virtual.measure(), [shape, virtual])
  const items = virtual.getVirtualItems()
  const range = `${items[0]?.index} ${items.at(-1)?.index} ${nameWidth} ${shape}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same columns of the same widths are the same object, so lines are kept
  const seenColumns = useMemo((): SeenColumns => {
    const out = widths.slice(0, items[0]?.index ?? 0).reduce((sum, width) => sum + width, 0)
    return {
      nameWidth,
      seen: items.map(({ index }, i) => ({
        id: columns[index] ?? '',
        width: widths[index] ?? 0,
        before: i === 0 ? out : 0,
        at: index,
      })),
      total: nameWidth + widths.reduce((sum, width) => sum + width, 0),
    }
  }, [columns, range])
  const resizeOf = (id: ColumnId) => headers.find((header) => header.id === id)?.getResizeHandler()
  return { seenColumns, resizeOf }
}

function columnDefs(columns: readonly ColumnId[]): ColumnDef<typeof features, never>[] {
  return [nameColumn, ...columns].map((id) => ({ id, size: widthOf(id), minSize: 60 }))
}

function widthOf(column: ColumnId): number {
  if (column === nameColumn) return 300
  const key = keyOf(column)
  if (kindOf(column) === 'attributes') return key in attributes ? attributes[key as keyof typeof attributes].width : 96 // checked by `in`
  return Math.min(220, Math.max(104, key.length * 7.5 + 34))
}
