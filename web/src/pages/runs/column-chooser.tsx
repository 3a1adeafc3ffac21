import { Button, Checkbox, Popover, TextInput } from '@mantine/core'
import { useVirtualizer } from '@tanstack/react-virtual'
import { isMachineTag } from '@waymark/contract/machine-tags'
import { useMemo, useRef, useState } from 'react'
import { Icon } from '../../ui/icons.tsx'
import { columnWords } from '../../ui/run-table/column-header.tsx'
import { type ColumnId, everyColumn, keyOf, kindOf, type RunKeys } from '../../ui/run-table/columns.ts'

interface ColumnChooserProps {
  readonly keys: RunKeys
  readonly chosen: readonly ColumnId[]
  readonly onChoose: (columns: readonly ColumnId[]) => void
  /** Back to the columns of the beginning. */
  readonly onReset: () => void
  /** Params that differ between the runs shown. */
  readonly varying: readonly string[]
}

export function ColumnChooser(props: ColumnChooserProps) {
  const [opened, setOpened] = useState(false)
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={340} trapFocus returnFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<Icon name="columns" />} onClick={() => setOpened(!opened)}>
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8} maw="94vw">
        <Chooser {...props} />
      </Popover.Dropdown>
    </Popover>
  )
}

const headings = { attributes: 'Run', metrics: 'Metrics', params: 'Params', tags: 'Tags' }

function Chooser({ keys, chosen, onChoose, onReset, varying }: ColumnChooserProps) {
  const [search, setSearch] = useState('')
  const box = useRef<HTMLDivElement>(null)
  const every = useMemo(() => everyColumn(keys), [keys])
  const lines = useMemo(() => linesOf(every, search, chosen), [every, search, chosen])
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => 28,
    overscan: 8,
  })
  const found = lines.filter(({ column }) => column !== undefined).length
  const toggle = (column: ColumnId) =>
    onChoose(chosen.includes(column) ? chosen.filter((each) => each !== column) : [...chosen, column])
  return (
    <>
      <TextInput
        aria-label="Search columns"
        placeholder={`Search ${every.length} columns`}
        value={search}
        onChange={(event) => setSearch(event.currentTarget.value)}
        data-autofocus
      />
      <div ref={box} style={{ height: 320, overflow: 'auto', margin: '8px 0' }}>
        <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const line = lines[index]
            return (
              <div key={line?.words} className="wm-chooser__line" style={{ transform: `translateY(${start}px)` }}>
                {line?.column === undefined ? (
                  <b>{line?.words}</b>
                ) : (
                  <Checkbox
                    label={line.words}
                    checked={chosen.includes(line.column)}
                    onChange={() => line.column !== undefined && toggle(line.column)}
                  />
                )}
              </div>
            )
          })}
        </div>
        {found === 0 && <div className="wm-dim">No column is called that.</div>}
      </div>
      <div className="wm-dim wm-num" style={{ marginBottom: 8 }}>
        {chosen.length} chosen · {found} of {every.length} listed
      </div>
      <Button
        size="compact-xs"
        variant="default"
        mr={6}
        onClick={() =>
          onChoose([...chosen.filter((id) => kindOf(id) !== 'params'), ...varying.map((key) => `params.${key}`)])
        }
      >
        Params that differ ({varying.length})
      </Button>
      <Button size="compact-xs" variant="default" onClick={onReset}>
        Reset
      </Button>
    </>
  )
}

/** Columns that match; tags for programs only when they are searched for, or chosen. */
function linesOf(
  every: readonly ColumnId[],
  search: string,
  chosen: readonly ColumnId[],
): { words: string; column?: ColumnId }[] {
  const wanted = search.trim().toLowerCase()
  const found = every.filter((column) =>
    wanted === ''
      ? !isMachineColumn(column) || chosen.includes(column)
      : columnWords(column).toLowerCase().includes(wanted),
  )
  return [...Map.groupBy(found, kindOf)].flatMap(([kind, columns]) => [
    { words: `${headings[kind]} (${columns.length})` },
    ...columns.map((column) => ({ words: columnWords(column), column })),
  ])
}

function isMachineColumn(column: ColumnId): boolean {
  return kindOf(column) === 'tags' && isMachineTag(keyOf(column))
}
