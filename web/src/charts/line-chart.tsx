import 'uplot/dist/uPlot.min.css'
import './line-chart.css'
import { useEffect, useMemo, useRef } from 'react'
import uPlot from 'uplot'
import { shortNumber } from '../ui/format.ts'
import { runDashes } from '../ui/run-color.ts'
import { chartColors } from './chart-colors.ts'
import { type LineOptions, type MetricLine, metricLines } from './metric-lines.ts'
import { uplotOptions } from './uplot-options.ts'

interface LineChartProps extends LineOptions {
  readonly title: string
  readonly lines: readonly MetricLine[]
  /** px */
  readonly height: number
  /** Charts of one key move their cursors together. */
  readonly syncKey: string
  readonly scheme: 'light' | 'dark'
}

/** Lines of a metric: hover for values, drag to zoom, double-click to zoom out. */
export function LineChart({ title, lines, x, smoothing, logY, height, syncKey, scheme }: LineChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const columns = useMemo(() => metricLines(lines, { x, smoothing, logY }), [lines, x, smoothing, logY])
  const latest = useRef(columns)
  latest.current = columns
  const shape = JSON.stringify([lines.map(({ id, label }) => [id, label]), x, smoothing > 0, logY, syncKey, scheme])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the plot is made anew for another shape, never for new points
  useEffect(() => {
    const element = box.current
    if (!element) return
    const made = new uPlot(
      uplotOptions({
        lines: lines.map(({ id, label }) => ({ id, label })),
        dashes: runDashes(lines.map(({ id }) => id)),
        colors: chartColors(),
        columns: () => latest.current,
        x,
        logY,
        isSmoothed: smoothing > 0,
        size: { width: element.clientWidth, height },
        syncKey,
      }),
      dataOf(latest.current),
      element,
    )
    plot.current = made
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [shape, height])

  useEffect(() => {
    const made = plot.current
    if (!made) return
    made.setData(dataOf(columns), !isZoomed(made))
    if (isZoomed(made)) made.redraw()
  }, [columns])

  return (
    <div className="wm-line">
      <div ref={box} role="img" aria-label={inWords(title, lines)} style={{ height }} />
      {columns.notes.length > 0 && <div className="wm-line__notes">{columns.notes.join(' · ')}</div>}
    </div>
  )
}

function dataOf({ xs, raw, smoothed }: ReturnType<typeof metricLines>): uPlot.AlignedData {
  return [xs, ...raw, ...smoothed]
}

function isZoomed(plot: uPlot): boolean {
  const xs = plot.data[0]
  const { min, max } = plot.scales['x'] ?? {}
  if (xs.length < 2 || min == null || max == null) return false
  return (plot as uPlot & { wmZoomed?: boolean }).wmZoomed === true
}

function inWords(title: string, lines: readonly MetricLine[]): string {
  const ends = lines.slice(0, 12).map(({ label, points }) => {
    const last = points.at(-1)
    return last ? `${label} ${shortNumber(last.value)} at step ${last.step}` : `${label} without points`
  })
  return `${title}: ${ends.join(', ')}`
}
