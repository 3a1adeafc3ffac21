import { Button } from '@mantine/core'
import { useEffect } from 'react'
import { useRunCount } from '../../api/runs.ts'
import { Command } from '../../ui/copy.tsx'
import { counted } from '../../ui/format.ts'
import { Empty } from '../../ui/states.tsx'

interface NoRunsProps {
  readonly experimentId: string
  /** What stands in the filter box. */
  readonly text: string
  /** Finds the child runs that match; absent where they are part of the list anyway. */
  readonly nestedFilter: string | undefined
  readonly showFlat: () => void
  /** Runs that came since the empty list was read. */
  readonly arrived: number
  readonly reload: () => void
}

/** An empty table: because there are no runs, or because none matches. */
export function NoRuns({ experimentId, text, nestedFilter, showFlat, arrived, reload }: NoRunsProps) {
  const nested = useRunCount(experimentId, nestedFilter ?? '', { enabled: nestedFilter !== undefined })
  // Nothing is being read here, so nothing can jump.
  useEffect(() => {
    if (arrived > 0) reload()
  }, [arrived, reload])
  const children = nestedFilter === undefined ? 0 : (nested.data ?? 0)
  return (
    <div className="wm-card">
      <Empty title={text === '' ? 'No runs yet' : 'No run matches the filter'}>
        {children > 0 ? (
          <>
            <span>{counted(children, 'child run')} would match.</span>
            <Button variant="default" onClick={showFlat}>
              Show them in a flat list
            </Button>
          </>
        ) : text === '' ? (
          <>
            <span>Start one with</span>
            <Command text="npm run repro" />
            <span>or log one from Python: it shows here while it runs.</span>
            <Command text={`MLFLOW_TRACKING_URI=${location.origin} python train.py`} />
          </>
        ) : (
          <span>The ? in the filter box has examples of what a filter can say.</span>
        )}
      </Empty>
    </div>
  )
}
