import './metric-charts.css'
import { useComputedColorScheme } from '@mantine/core'
import { useIntersection } from '@mantine/hooks'
import type { Run } from '@waymark/contract/runs'
import { lazy, Suspense, useMemo } from 'react'
import { useHistories } from '../../api/histories.ts'
import type { LineOptions } from '../../charts/metric-lines.ts'
import { Num } from '../../ui/numbers.tsx'
import { Failed } from '../../ui/states.tsx'

const LineChart = lazy(async () => ({ default: (await import('../../charts/line-chart.tsx')).LineChart }))

interface MetricChartCardProps {
  readonly runs: readonly Run[]
  readonly metric: string
  readonly options: LineOptions
  readonly syncKey: string
  /** px */
  readonly height?: number
}

/** A chart of one metric; it is read and drawn only while it is in sight. */
export function MetricChartCard({ runs, metric, options, syncKey, height = 200 }: MetricChartCardProps) {
  const { ref, entry } = useIntersection({ rootMargin: '300px' })
  const isNear = entry?.isIntersecting === true
  const scheme = useComputedColorScheme('light')
  const histories = useHistories(runs, metric, { enabled: isNear })
  const lines = useMemo(
    () =>
      runs
        .map(({ info }) => ({
          id: info.run_id,
          label: info.run_name || info.run_id,
          points: histories.data?.get(info.run_id) ?? [],
        }))
        .filter(({ points }) => points.length > 0),
    [runs, histories.data],
  )
  const latest = runs.length === 1 ? runs[0]?.data.metrics.find(({ key }) => key === metric)?.value : undefined
  return (
    <section ref={ref} className="wm-card" aria-label={`Chart of ${metric}`}>
      <div className="wm-chartcard__head">
        <span className="wm-cut" title={metric}>
          {metric}
        </span>
        {latest !== undefined && (
          <span style={{ marginLeft: 'auto' }}>
            <Num value={latest} />
          </span>
        )}
      </div>
      <div className="wm-chartcard__box" style={{ minHeight: height + 2 }}>
        {histories.isError ? (
          <Failed what="Cannot read the points" error={histories.error} retry={() => void histories.refetch()} />
        ) : histories.isSuccess && lines.length === 0 ? (
          <div className="wm-state wm-dim">No points</div>
        ) : isNear && lines.length > 0 ? (
          <Suspense>
            <LineChart title={metric} lines={lines} {...options} height={height} syncKey={syncKey} scheme={scheme} />
          </Suspense>
        ) : null}
      </div>
    </section>
  )
}
