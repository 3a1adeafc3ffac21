import { Code } from '@mantine/core'
import type { Causes } from './causes.ts'

interface CauseListProps {
  readonly causes: Causes
  readonly isBaseline: boolean
  /** The locks are not all read yet. */
  readonly isReading: boolean
}

/** The few things that were changed between the baseline and a run. */
export function CauseList({ causes, isBaseline, isReading }: CauseListProps) {
  if (isBaseline) return <span className="wm-dim">–</span>
  const { params, sources, commit, isDirty } = causes
  const nothing = params.length + sources.length === 0 && commit === undefined
  return (
    <ul className="wm-causes">
      {params.slice(0, 8).map(({ key, from, to }) => (
        <li key={key}>
          {key}{' '}
          <span className="wm-mono">
            {from ?? '–'} → {to ?? '–'}
          </span>
        </li>
      ))}
      {params.length > 8 && <li className="wm-dim">and {params.length - 8} more params</li>}
      {sources.map((path) => (
        <li key={path}>
          <Code>{path}</Code> has other content
        </li>
      ))}
      {commit && (
        <li>
          code <span className="wm-mono">{commit.from?.slice(0, 8) ?? '–'}</span> →{' '}
          <span className="wm-mono">{commit.to?.slice(0, 8) ?? '–'}</span>
        </li>
      )}
      {isDirty && <li className="wm-dim">uncommitted changes were in play</li>}
      {nothing && !isReading && <li className="wm-dim">nothing that was recorded</li>}
    </ul>
  )
}
