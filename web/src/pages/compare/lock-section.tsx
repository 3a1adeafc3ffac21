import type { Run } from '@waymark/contract/runs'
import { Breakable } from '../../ui/breakable.tsx'
import { fileSize } from '../../ui/format.ts'
import type { LockCell, LockLine } from './lock-diff.ts'
import { Line, Section } from './section.tsx'

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
  const none = lines.length === 0 ? 'none of these runs was made by a pipeline' : 'no difference'
  return (
    <Section
      title="Data and outputs (lock against lock)"
      lines={shown}
      total={lines.length}
      runs={runs.length}
      empty={isReading ? 'reading the locks …' : none}
    >
      {({ path, madeBy, readBy, cells }) => (
        <Line
          key={path}
          title={
            <>
              <Breakable text={path} />
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
      )}
    </Section>
  )
}

function Cell({ cell, base, isBaseline }: { cell: LockCell; base: LockCell | undefined; isBaseline: boolean }) {
  const { locked, change } = cell
  if (!locked) {
    if (isBaseline) return <span className="wm-dim">–</span>
    return change === 'removed' ? <b>removed</b> : <span className="wm-dim">not reached</span>
  }
  const grown = locked.size !== undefined && base?.locked?.size !== undefined ? locked.size - base.locked.size : 0
  return (
    <span>
      {!isBaseline && change !== 'unknown' && <b style={{ fontWeight: change === 'same' ? 400 : 600 }}>{change} </b>}
      <code className="wm-mono" title={locked.md5}>
        {locked.md5?.slice(0, 8) ?? 'not there'}
      </code>
      <span className="wm-dim wm-num">
        {locked.size !== undefined && ` ${fileSize(locked.size)}`}
        {!isBaseline && grown !== 0 && ` (${grown > 0 ? '+' : '−'}${fileSize(Math.abs(grown))})`}
      </span>
    </span>
  )
}
