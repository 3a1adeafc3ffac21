import { TextInput } from '@mantine/core'
import type { Run } from '@waymark/contract/runs'
import { importantFirst } from '../../ui/metric-order.ts'
import { RunDot } from '../../ui/run-dot.tsx'
import { useUrlState } from '../../ui/url-state.ts'
import { ChartGrid } from '../shared/chart-grid.tsx'
import { ChartOptions, useChartOptions } from '../shared/chart-options.tsx'

/** The metrics with steps, all runs in one chart each; the cursors of all charts move together. */
export function CompareCharts({ runs }: { runs: readonly Run[] }) {
  const { params, set } = useUrlState()
  const options = useChartOptions()
  const search = params.get('metric') ?? ''
  const withSteps = new Set(
    runs.flatMap(({ data }) => data.metrics.filter(({ step }) => step !== 0).map(({ key }) => key)),
  )
  const keys = importantFirst([...withSteps], runs)
  const found = keys.filter((key) => key.toLowerCase().includes(search.trim().toLowerCase()))
  return (
    <section className="wm-page" style={{ padding: 0 }} aria-label="Charts">
      <div className="wm-head">
        <h2 className="wm-title" style={{ fontSize: 15 }}>
          Charts
        </h2>
        <TextInput
          aria-label="Search metrics"
          placeholder="Search metrics"
          value={search}
          onChange={(event) => set({ metric: event.currentTarget.value })}
        />
        <ChartOptions />
        <span className="wm-dim wm-num" style={{ marginLeft: 'auto' }}>
          {found.length} of {keys.length} metrics with steps
        </span>
      </div>
      <div className="wm-legend">
        {runs.map(({ info }) => (
          <span key={info.run_id}>
            <RunDot runId={info.run_id} />
            <span className="wm-cut" style={{ maxWidth: 220 }} title={info.run_name}>
              {info.run_name}
            </span>
          </span>
        ))}
      </div>
      {found.length === 0 ? (
        <div className="wm-dim">
          {keys.length === 0 ? 'None of these runs logged a metric over steps.' : `No metric is called “${search}”.`}
        </div>
      ) : (
        <ChartGrid runs={runs} metrics={found} options={options} syncKey="compare" />
      )}
    </section>
  )
}
