import { useLocalStorage } from '@mantine/hooks'
import { useMemo } from 'react'
import { nested, topLevel } from '../../api/filters.ts'
import { type ColumnId, orderBy, type Sort, sortFromUrl, sortToUrl } from '../../ui/run-table/columns.ts'
import { joinList, splitList, useUrlState, withItems } from '../../ui/url-state.ts'
import { filterOf } from './filter-text.ts'

/** What the runs table shows, all of it in the address; the columns are also kept for the experiment's next visit. */
export function useTableState(experimentId: string) {
  const { params, set } = useUrlState()
  const [kept, keep] = useLocalStorage<readonly ColumnId[] | null>({
    key: `waymark.columns.${experimentId}`,
    defaultValue: null,
    getInitialValueInEffect: false,
  })
  const text = params.get('q') ?? ''
  const isFlat = params.get('view') === 'flat'
  const filter = filterOf(text)
  const sortText = params.get('sort')
  const sort = useMemo(() => sortFromUrl(sortText), [sortText])
  const order = useMemo(() => orderBy(sort), [sort])
  const columnText = params.get('cols')
  const selectText = params.get('select')
  const openText = params.get('open')
  const columns = useMemo(() => (columnText === null ? kept : splitList(columnText)), [columnText, kept])
  const selected = useMemo(() => splitList(selectText), [selectText])
  const open = useMemo(() => splitList(openText), [openText])
  return {
    text,
    isFlat,
    /** The server's filter of what stands in the box. */
    ownFilter: filter,
    /** The server's filter of the rows at the top. */
    filter: isFlat ? filter : topLevel(filter),
    /** The same for what the nested view leaves out: matching child runs. */
    nestedFilter: nested(filter),
    sort,
    order,
    columns,
    selected,
    open,
    setText: (next: string) => set({ q: next }, { push: true }),
    setFlat: (flat: boolean) => set({ view: flat ? 'flat' : undefined }, { push: true }),
    setSort: (next: Sort | undefined) => set({ sort: sortToUrl(next) }, { push: true }),
    setColumns: (next: readonly ColumnId[] | null) => {
      keep(next)
      set({ cols: next === null ? undefined : joinList(next) })
    },
    select: (ids: readonly string[], isSelected: boolean) =>
      set((now) => ({ select: withItems(now.get('select'), ids, isSelected) })),
    clearSelection: () => set({ select: undefined }),
    setOpen: (id: string, isOpen: boolean) => set((now) => ({ open: withItems(now.get('open'), [id], isOpen) })),
  }
}
