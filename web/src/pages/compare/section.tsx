import { Button } from '@mantine/core'
import { Children, type ReactNode, useState } from 'react'
import { Breakable } from '../../ui/breakable.tsx'

interface LineProps {
  readonly title: ReactNode
  /** Marks the cells that are not as the baseline's; one per run. */
  readonly differs?: readonly boolean[]
  /** A cell per run. */
  readonly children: ReactNode
}

/** One line of the comparison. */
export function Line({ title, differs, children }: LineProps) {
  return (
    <tr>
      <th scope="row">{typeof title === 'string' ? <Breakable text={title} /> : title}</th>
      {Children.map(children, (child, at) => (
        <td className={differs?.[at] ? 'is-different' : undefined}>{child}</td>
      ))}
    </tr>
  )
}

/** As many cells as a browser lays out at once without a pause. */
const cellsAtOnce = 2000

interface SectionProps<T> {
  readonly title: string
  readonly lines: readonly T[]
  /** Lines there are, those that do not differ included. */
  readonly total: number
  /** Runs, that is columns. */
  readonly runs: number
  /** What is said instead of lines where there are none. */
  readonly empty?: string
  readonly children: (line: T) => ReactNode
}

/** Lines of one kind under a heading; where they are very many, the first of them and a way to all. */
export function Section<T>({ title, lines, total, runs, empty = 'no difference', children }: SectionProps<T>) {
  const [isWhole, setWhole] = useState(false)
  const atOnce = Math.max(10, Math.floor(cellsAtOnce / runs))
  const shown = isWhole ? lines : lines.slice(0, atOnce)
  return (
    <>
      <tr className="wm-compare__section">
        <th scope="rowgroup" colSpan={runs + 1}>
          {title}{' '}
          <span className="wm-dim wm-num" style={{ fontWeight: 400 }}>
            {shown.length} of {total}
            {lines.length === 0 && `, ${empty}`}
          </span>
        </th>
      </tr>
      {shown.map(children)}
      {shown.length < lines.length && (
        <tr>
          <th scope="row">
            <Button size="compact-xs" variant="default" onClick={() => setWhole(true)}>
              Show all {lines.length}
            </Button>
          </th>
          <td colSpan={runs} />
        </tr>
      )}
    </>
  )
}
