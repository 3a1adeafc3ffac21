import './compare.css'
import { Switch } from '@mantine/core'
import type { Run } from '@waymark/contract/runs'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { isNotFound } from '../../api/queries.ts'
import { useRunsById } from '../../api/runs.ts'
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
  const ids = [...new Set(splitList(runText))]
  useMemo(() => separateColors(splitList(runText)), [runText])
  const results = useRunsById(ids)
  const missing = results.findIndex(({ error }) => isNotFound(error))
  const failed = results.find(({ isError }) => isError)
  const runs = results.flatMap(({ data }) => (data ? [data.run] : []))
  if (missing >= 0) return <NotFound what={`There is no run ${ids[missing]}`} />
  if (failed) {
    return (
      <main className="wm-page">
        <Failed
          what="Cannot load the runs"
          error={failed.error}
          retry={() => results.filter(({ isError }) => isError).forEach((each) => void each.refetch())}
        />
      </main>
    )
  }
  const onlyDifferences = params.get('all') === null
  const chosen = ids.indexOf(params.get('baseline') ?? '')
  const baseline = chosen >= 0 ? chosen : oldest(runs)
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
      ) : runs.length < ids.length ? (
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

/** What came later is held against what was there before, in whatever order the runs were selected. */
function oldest(runs: readonly Run[]): number {
  const first = Math.min(...runs.map(({ info }) => info.start_time))
  return Math.max(
    0,
    runs.findIndex(({ info }) => info.start_time === first),
  )
}
