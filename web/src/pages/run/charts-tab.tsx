import { TextInput } from '@mantine/core'
import type { Run } from '@waymark/contract/runs'
import { useMemo } from 'react'
import { Command } from '../../ui/copy.tsx'
import { counted, fullNumber } from '../../ui/format.ts'
import { importantFirst } from '../../ui/metric-order.ts'
import { Num } from '../../ui/numbers.tsx'
import { Empty } from '../../ui/states.tsx'
import { useUrlState } from '../../ui/url-state.ts'
import { ChartGrid } from '../shared/chart-grid.tsx'
import { ChartOptions, useChartOptions } from '../shared/chart-options.tsx'
import { Values } from './values.tsx'

/** A chart for each metric that has steps; a running run's charts grow. Metrics of one value are listed below. */
export function ChartsTab({ run }: { run: Run }) {
  const { params, set } = useUrlState()
  const options = useChartOptions()
  const search = params.get('metric') ?? ''
  const runs = useMemo(() => [run], [run])
  const found = run.data.metrics.filter(({ key }) => key.toLowerCase().includes(search.trim().toLowerCase()))
  const values = new Map(found.map((metric) => [metric.key, metric]))
  const keys = importantFirst([...values.keys()], runs)
  const series = keys.filter((key) => values.get(key)?.step !== 0)
  const single = keys.flatMap((key) => values.get(key) ?? []).filter(({ step }) => step === 0)
  if (run.data.metrics.length === 0) {
    return (
      <div className="wm-card">
        <Empty title="No metrics yet">
          {run.info.status === 'RUNNING' ? (
            <span>They show here, and move, as the run logs them.</span>
          ) : (
            <>
              <span>A metric that is logged with a step becomes a chart:</span>
              <Command text="mlflow.log_metric('loss', 0.3, step=1)" />
            </>
          )}
        </Empty>
      </div>
    )
  }
  return (
    <div className="wm-column">
      <div className="wm-head">
        <TextInput
          aria-label="Search metrics"
          placeholder="Search metrics"
          value={search}
          onChange={(event) => set({ metric: event.currentTarget.value })}
        />
        <ChartOptions />
        <span className="wm-dim wm-num" style={{ marginLeft: 'auto' }}>
          {found.length} of {counted(run.data.metrics.length, 'metric')}
        </span>
        {run.info.status === 'RUNNING' && <span className="wm-live">live</span>}
      </div>
      {found.length === 0 && <Empty title={`No metric is called “${search}”`} />}
      <ChartGrid runs={runs} metrics={series} options={options} syncKey={run.info.run_id} />
      {single.length > 0 && (
        <Values
          title="Metrics at step 0 only"
          entries={single.map(({ key, value }) => ({ key, text: fullNumber(value), content: <Num value={value} /> }))}
          isNumeric
          empty=""
        />
      )}
    </div>
  )
}
