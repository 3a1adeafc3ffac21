import { Button } from '@mantine/core'
import { useRunCount } from '../../api/runs.ts'
import { counted, withThousands } from '../../ui/format.ts'

interface RunsFootProps {
  readonly experimentId: string
  readonly shown: number
  readonly total: number
  readonly isFlat: boolean
  /** Finds the child runs that match a filter, which the nested list leaves out; absent without a filter. */
  readonly nestedFilter: string | undefined
  readonly showFlat: () => void
  /** Absent where all are loaded. */
  readonly loadMore: (() => void) | undefined
  readonly isLoadingMore: boolean
  /** Runs that came since the list was read. */
  readonly arrived: number
  readonly reload: () => void
  readonly isLive: boolean
}

/** How many of how many runs the table shows, what it leaves out, and ways to it. */
export function RunsFoot(props: RunsFootProps) {
  const { experimentId, shown, total, isFlat, nestedFilter, showFlat, loadMore, isLoadingMore, arrived, reload } = props
  const nested = useRunCount(experimentId, nestedFilter ?? '', { enabled: nestedFilter !== undefined && shown > 0 })
  const left = nestedFilter === undefined || shown === 0 ? 0 : (nested.data ?? 0)
  return (
    <>
      <span>
        {withThousands(String(shown))} of {counted(total, isFlat ? 'run' : 'top-level run')} shown
      </span>
      {left > 0 && (
        <Button size="compact-xs" variant="default" onClick={showFlat}>
          {counted(left, 'child run matches', 'child runs match')} too: show flat
        </Button>
      )}
      {loadMore && (
        <Button size="compact-xs" variant="default" loading={isLoadingMore} onClick={loadMore}>
          Load more
        </Button>
      )}
      {arrived > 0 && shown > 0 && (
        <Button size="compact-xs" variant="light" onClick={reload}>
          {counted(arrived, 'new run')}
        </Button>
      )}
      {props.isLive && <span className="wm-live">live</span>}
    </>
  )
}
