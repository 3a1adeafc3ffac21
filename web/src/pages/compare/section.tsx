import { Children, type ReactNode } from 'react'

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
      <th scope="row">{title}</th>
      {Children.map(children, (child, at) => (
        <td className={differs?.[at] ? 'is-different' : undefined}>{child}</td>
      ))}
    </tr>
  )
}

interface SectionHeadProps {
  readonly title: string
  readonly words: string
  /** Runs, that is columns. */
  readonly span: number
  /** What is said where the section has no lines. */
  readonly empty?: string | undefined
}

export function SectionHead({ title, words, span, empty }: SectionHeadProps) {
  return (
    <tr className="wm-compare__section">
      <th scope="rowgroup" colSpan={span + 1}>
        {title}{' '}
        <span className="wm-dim wm-num" style={{ fontWeight: 400 }}>
          {words}
          {empty !== undefined && `, ${empty}`}
        </span>
      </th>
    </tr>
  )
}
