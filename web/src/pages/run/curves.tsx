import type { Run } from '@waymark/contract/runs'
import { useMemo } from 'react'
import { Link } from 'react-router'
import type { LineOptions } from '../../charts/metric-lines.ts'
import { importantFirst } from '../../ui/metric-order.ts'
import { MetricChartCard } from '../shared/metric-chart-card.tsx'

const options: LineOptions = { x: 'step', smoothing: 0, logY: false }
const shownAtMost = 3

/** The first few metrics over steps: whether a run goes well is seen without a click. */
export function Curves({ run }: { run: Run }) {
  const runs = useMemo(() => [run], [run])
  const withSteps = run.data.metrics.filter(({ step }) => step !== 0).map(({ key }) => key)
  const keys = importantFirst(withSteps, runs)
  if (keys.length === 0) return null
  return (
    <section className="wm-column" aria-label="Curves" style={{ gap: 4 }}>
      <div className="wm-charts wm-charts--small">
        {keys.slice(0, shownAtMost).map((key) => (
          <MetricChartCard
            key={key}
            runs={runs}
            metric={key}
            options={options}
            syncKey={run.info.run_id}
            height={140}
          />
        ))}
      </div>
      {keys.length > shownAtMost && (
        <Link to="?tab=charts" className="wm-num">
          All {keys.length} charts
        </Link>
      )}
    </section>
  )
}
