import { reproTags } from '@waymark/contract/repro-report'
import type { Run } from '@waymark/contract/runs'
import { Link } from 'react-router'
import { counted } from '../format.ts'
import { Icon } from '../icons.tsx'
import { Num } from '../numbers.tsx'
import { Replayed } from '../replayed.tsx'
import { RunDot } from '../run-dot.tsx'
import { Status } from '../status.tsx'
import { Ago, Took } from '../time.tsx'
import { type ColumnId, isNumeric, isUnderWayOrDone, keyOf, kindOf, metricOf, nameColumn, textOf } from './columns.ts'
import type { TableRow } from './rows.ts'
import { SelectBox } from './select-box.tsx'

export type RunRow = Extract<TableRow, { kind: 'run' }>

export function runPath(run: Run): string {
  return `/experiments/${run.info.experiment_id}/runs/${run.info.run_id}`
}

interface NameCellProps {
  readonly row: RunRow
  readonly isSelected: boolean
  readonly onSelect: () => void
  readonly onOpen: () => void
}

/** Checkbox, the way to the child runs, colour and name. */
export function NameCell({ row, isSelected, onSelect, onOpen }: NameCellProps) {
  const { run, depth, childCount, isOpen } = row
  const name = run.info.run_name || run.info.run_id
  return (
    <>
      <SelectBox label={`Select run ${name}`} isChecked={isSelected} onChange={onSelect} />
      <span style={{ width: depth * 18, flex: 'none' }} />
      {childCount > 0 ? (
        <button
          type="button"
          className="wm-table__open"
          onClick={onOpen}
          aria-expanded={isOpen}
          aria-label={`${isOpen ? 'Hide' : 'Show'} ${counted(childCount, 'child run')} of ${name}`}
        >
          <Icon name={isOpen ? 'down' : 'right'} size={12} />
        </button>
      ) : (
        <span style={{ width: 22, flex: 'none' }} />
      )}
      <RunDot runId={run.info.run_id} />
      <Link to={runPath(run)} className="wm-cut" title={name}>
        {name}
      </Link>
      {childCount > 0 && <span className="wm-count">{childCount}</span>}
      {textOf(run, `tags.${reproTags.replayed}`) !== undefined && <Replayed />}
    </>
  )
}

/** The value of one column for a run. */
export function ValueCell({ run, column, best }: { run: Run; column: ColumnId; best: number | undefined }) {
  const key = keyOf(column)
  if (kindOf(column) === 'metrics') {
    const value = metricOf(run, key)
    return value === undefined ? <Missing /> : <Num value={value} best={value === best && isUnderWayOrDone(run)} />
  }
  if (column === 'attributes.status') return <Status status={run.info.status} />
  if (column === 'attributes.start_time') return <Ago at={run.info.start_time} />
  if (column === 'attributes.duration') return <Took from={run.info.start_time} to={run.info.end_time} />
  if (column === 'attributes.end_time')
    return run.info.end_time === undefined ? <Missing /> : <Ago at={run.info.end_time} />
  const text = textOf(run, column)
  if (text === undefined || text === '') return <Missing />
  const isCode = key === 'run_id' || key === 'mlflow.source.git.commit'
  return (
    <span className={isCode ? 'wm-cut wm-mono' : 'wm-cut'} title={text}>
      {key === 'mlflow.source.git.commit' ? text.slice(0, 8) : text}
    </span>
  )
}

export function cellClass(column: ColumnId): string {
  if (column === nameColumn) return 'wm-table__cell wm-table__cell--name'
  return isNumeric(column) ? 'wm-table__cell wm-table__cell--number' : 'wm-table__cell'
}

function Missing() {
  return <span className="wm-dim">–</span>
}
