import './compare.css'
import { Switch } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { Run } from '@waymark/contract/runs'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { isNotFound } from '../../api/queries.ts'
import { useRunsById } from '../../api/runs-by-id.ts'
import { NotFound } from '../../ui/not-found.tsx'
import { usePageTitle } from '../../ui/page-title.ts'
import { separateColors } from '../../ui/run-color.ts'
import { Empty, Failed, SkeletonRows } from '../../ui/states.tsx'
import { joinList, splitList, useUrlState } from '../../ui/url-state.ts'
import { CompareCharts } from './compare-charts.tsx'
import { CompareParallel } from './compare-parallel.tsx'
import { CompareTable } from './compare-table.tsx'

/** Two runs or more: what was changed first, then what came of it. */
export function ComparePage() {
  usePageTitle('Compare')
  const { params, set } = useUrlState()
  const runText = params.get('runs')
  const ids = useMemo(() => [...new Set(splitList(runText))], [runText])
  useMemo(() => separateColors(splitList(runText)), [runText])
  const { runs, failed } = useRunsById(ids)
  const client = useQueryClient()
  if (failed && isNotFound(failed.error)) return <NotFound what={`There is no run ${failed.runId}`} />
  if (failed && runs.length === 0) {
    return (
      <main className="wm-page">
        <Failed
          what="Cannot load the runs"
          error={failed.error}
          retry={() =>
            void client.refetchQueries({ type: 'active', predicate: ({ state }) => state.status === 'error' })
          }
        />
      </main>
    )
  }
  const onlyDifferences = params.get('all') === null
  // The runs stand in the order of their start: what came later is held against what was there before.
  const baseline = Math.max(
    0,
    runs.findIndex(({ info }) => info.run_id === params.get('baseline')),
  )
  return (
    <main className="wm-page">
      <div className="wm-head">
        <h1 className="wm-title">{ids.length >= 2 ? `${ids.length} runs compared` : 'Compare'}</h1>
        {ids.length >= 2 && (
          <Switch
            label="Differences only"
            checked={onlyDifferences}
            onChange={(event) => set({ all: event.currentTarget.checked ? undefined : '1' })}
          />
        )}
        <BackLink runs={runs} />
      </div>
      {ids.length < 2 ? (
        <Empty title="Fewer than two runs">
          Select two or more in a table of runs and press Compare, or the key c.
        </Empty>
      ) : runs.length === 0 ? (
        <SkeletonRows rows={12} />
      ) : (
        <>
          <CompareTable
            runs={runs}
            baseline={baseline}
            onlyDifferences={onlyDifferences}
            onBaseline={(id) => set({ baseline: id })}
            onRemove={(id) => set({ runs: joinList(ids.filter((each) => each !== id)) }, { push: true })}
          />
          <CompareCharts runs={runs} />
          <CompareParallel runs={runs} />
        </>
      )}
    </main>
  )
}

/** Back to the table, with the same runs selected. */
function BackLink({ runs }: { runs: readonly Run[] }) {
  const experiments = new Set(runs.map(({ info }) => info.experiment_id))
  const [only] = experiments
  if (experiments.size !== 1 || only === undefined) return null
  const select = encodeURIComponent(joinList(runs.map(({ info }) => info.run_id)))
  return <Link to={`/experiments/${only}?select=${select}`}>Choose other runs</Link>
}
