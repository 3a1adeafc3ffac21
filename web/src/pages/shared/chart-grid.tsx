import './metric-charts.css'
import { useIntersection } from '@mantine/hooks'
import type { Run } from '@waymark/contract/runs'
import { useEffect, useState } from 'react'
import type { LineOptions } from '../../charts/metric-lines.ts'
import { MetricChartCard } from './metric-chart-card.tsx'

const atOnce = 30

interface ChartGridProps {
  readonly runs: readonly Run[]
  readonly metrics: readonly string[]
  readonly options: LineOptions
  readonly syncKey: string
}

/** A chart for each metric; of thousands, as many as have been scrolled to. */
export function ChartGrid({ runs, metrics, options, syncKey }: ChartGridProps) {
  const [count, setCount] = useState(atOnce)
  const { ref, entry } = useIntersection({ rootMargin: '600px' })
  const isAtEnd = entry?.isIntersecting === true
  useEffect(() => {
    if (isAtEnd && count < metrics.length) setCount(count + atOnce)
  }, [isAtEnd, count, metrics.length])
  return (
    <>
      <div className="wm-charts">
        {metrics.slice(0, count).map((key) => (
          <MetricChartCard key={key} runs={runs} metric={key} options={options} syncKey={syncKey} />
        ))}
      </div>
      {count < metrics.length && (
        <div ref={ref} className="wm-dim wm-num">
          {count} of {metrics.length} charts, scroll on for more
        </div>
      )}
    </>
  )
}
