import type { Run } from '@waymark/contract/runs'
import { fileSize } from '../../ui/format.ts'
import type { LockCell, LockLine } from './lock-diff.ts'
import { Line, SectionHead } from './section.tsx'

interface LockSectionProps {
  readonly lines: readonly LockLine[]
  readonly runs: readonly Run[]
  readonly baseline: number
  readonly onlyDifferences: boolean
  readonly isReading: boolean
}

/** What the stages read and made, path by path. */
export function LockSection({ lines, runs, baseline, onlyDifferences, isReading }: LockSectionProps) {
  const shown = lines.filter(({ differs }) => differs || !onlyDifferences)
  const empty = isReading
    ? 'reading the locks …'
    : lines.length === 0
      ? 'none of these runs was made by a pipeline'
      : shown.length === 0
        ? 'no difference'
        : undefined
  return (
    <>
      <SectionHead
        title="Data and outputs (lock against lock)"
        words={`${shown.length} of ${lines.length}`}
        span={runs.length}
        empty={empty}
      />
      {shown.map(({ path, madeBy, readBy, cells }) => (
        <Line
          key={path}
          title={
            <>
              {path}
              <div className="wm-dim" style={{ fontSize: 11 }}>
                {madeBy !== undefined && `made by ${madeBy}`}
                {madeBy !== undefined && readBy.length > 0 && ', '}
                {readBy.length > 0 && `read by ${readBy.join(', ')}`}
              </div>
            </>
          }
          differs={cells.map(({ change }) => change !== 'same' && change !== 'unknown')}
        >
          {cells.map((cell, at) => (
            <Cell key={runs[at]?.info.run_id} cell={cell} base={cells[baseline]} isBaseline={at === baseline} />
          ))}
        </Line>
      ))}
    </>
  )
}

function Cell({ cell, base, isBaseline }: { cell: LockCell; base: LockCell | undefined; isBaseline: boolean }) {
  const { locked, change } = cell
  const grown = locked?.size !== undefined && base?.locked?.size !== undefined ? locked.size - base.locked.size : 0
  return (
    <span>
      {!isBaseline && change !== 'unknown' && <b style={{ fontWeight: change === 'same' ? 400 : 600 }}>{change} </b>}
      {!locked && change === 'unknown' && <span className="wm-dim">not reached</span>}
      {locked && (
        <>
          <code className="wm-mono" title={locked.md5}>
            {locked.md5?.slice(0, 8) ?? 'not there'}
          </code>
          {locked.size !== undefined && <span className="wm-dim wm-num"> {fileSize(locked.size)}</span>}
          {!isBaseline && grown !== 0 && (
            <span className="wm-dim wm-num">
              {' '}
              ({grown > 0 ? '+' : '−'}
              {fileSize(Math.abs(grown))})
            </span>
          )}
        </>
      )}
      {!locked && isBaseline && <span className="wm-dim">–</span>}
    </span>
  )
}
