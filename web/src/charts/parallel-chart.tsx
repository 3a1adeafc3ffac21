import { ParallelChart as ParallelSeries } from 'echarts/charts'
import { ParallelComponent } from 'echarts/components'
import { type EChartsType, init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'
import { useEffect, useRef } from 'react'
import { tickWords } from '../ui/format.ts'
import { type ChartColors, chartColors } from './chart-colors.ts'
import type { ParallelColumns } from './parallel.ts'

use([ParallelSeries, ParallelComponent, CanvasRenderer])

interface ParallelChartProps {
  readonly columns: ParallelColumns
  /** px */
  readonly height: number
  readonly scheme: 'light' | 'dark'
}

/** Each run is a line through its params and metrics. Drag along an axis to keep only the runs that pass there. */
export function ParallelChart({ columns, height, scheme }: ParallelChartProps) {
  const box = useRef<HTMLDivElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another colour scheme is another picture
  useEffect(() => {
    const element = box.current
    if (!element) return
    const chart: EChartsType = init(element)
    chart.setOption(optionOf(columns, chartColors()))
    const watch = new ResizeObserver(() => chart.resize())
    watch.observe(element)
    return () => {
      watch.disconnect()
      chart.dispose()
    }
  }, [columns, scheme])
  const words = `${columns.rows.length} runs over ${columns.axes.map(({ name }) => name).join(', ')}`
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too
    <section className="wm-scroll" aria-label="Axes" tabIndex={0}>
      <div
        ref={box}
        role="img"
        aria-label={`Parallel coordinates of ${words}`}
        style={{ height, minWidth: 90 * columns.axes.length + 120 }}
      />
    </section>
  )
}

function optionOf({ axes, rows }: ParallelColumns, colors: ChartColors): Record<string, unknown> {
  const font = { color: colors.dim, fontFamily: 'Inter Variable, sans-serif', fontSize: 11 }
  return {
    animation: false,
    parallel: {
      left: 60,
      right: 80,
      top: 40,
      bottom: 20,
      parallelAxisDefault: {
        nameTextStyle: { ...font, color: colors.text, fontWeight: 600 },
        axisLine: { lineStyle: { color: colors.dim } },
        axisTick: { lineStyle: { color: colors.dim } },
        axisLabel: font,
        areaSelectStyle: { width: 16, borderColor: colors.text, color: colors.dim, opacity: 0.25 },
      },
    },
    parallelAxis: axes.map(({ name, categories }, dim) => ({
      dim,
      name: shortName(name),
      ...(categories
        ? { type: 'category', data: categories, axisLabel: { ...font, width: 80, overflow: 'truncate' } }
        : { type: 'value', scale: true, axisLabel: { ...font, formatter: tickWords(numbersOf(rows, dim)) } }),
    })),
    series: rows.map(({ id, label, cells }) => ({
      type: 'parallel',
      name: label,
      lineStyle: { width: 2, opacity: 0.9, color: colors.run(id) },
      inactiveOpacity: 0.08,
      data: [cells.map((cell) => cell ?? '-')],
    })),
  }
}

function numbersOf(rows: ParallelColumns['rows'], dim: number): number[] {
  return rows.map(({ cells }) => cells[dim]).filter((cell) => typeof cell === 'number')
}

function shortName(name: string): string {
  return name.length > 18 ? `…${name.slice(-17)}` : name
}
