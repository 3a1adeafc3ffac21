import type uPlot from 'uplot'
import { duration, tickNumber, tickWords } from '../ui/format.ts'
import { type ChartColors, faded } from './chart-colors.ts'
import type { LineColumns, XAxis } from './metric-lines.ts'
import { tooltip } from './uplot-tooltip.ts'

export interface PlotInput {
  readonly lines: readonly { readonly id: string; readonly label: string }[]
  readonly dashes: readonly number[][]
  readonly colors: ChartColors
  /** The columns as they are now. */
  readonly columns: () => LineColumns
  readonly x: XAxis
  readonly logY: boolean
  readonly isSmoothed: boolean
  readonly size: { width: number; height: number }
  readonly syncKey: string
}

/** How a chart of metric lines looks and answers to the mouse. */
export function uplotOptions(input: PlotInput): uPlot.Options {
  const { lines, colors, columns, x, logY, isSmoothed, size, syncKey } = input
  const axis = {
    stroke: colors.dim,
    grid: { stroke: colors.line, width: 1 },
    ticks: { stroke: colors.line, width: 1, size: 4 },
    font: '11px "Inter Variable", sans-serif',
  } satisfies uPlot.Axis
  return {
    ...size,
    legend: { show: false },
    cursor: {
      sync: { key: syncKey, setSeries: false },
      drag: { x: true, y: false, setScale: true },
      points: { size: 6 },
    },
    scales: {
      x: { time: x === 'time', ...(x === 'time' ? {} : { range: padded }) },
      y: logY ? { distr: 3 } : {},
    },
    axes: [
      {
        ...axis,
        size: 28,
        ...(x === 'time' ? {} : { values: (_plot, splits) => splits.map((at) => xWords(at, x)) }),
        ...(x === 'step' ? { incrs: wholeSteps } : {}),
      },
      { ...axis, size: (_plot, words) => asWideAs(words), values: (_plot, splits) => yWords(splits) },
    ],
    series: [{}, ...rawSeries(input), ...(isSmoothed ? smoothSeries(input) : [])],
    hooks: {
      draw: [(plot) => drawMarkers(plot, columns(), lines, colors)],
      setSelect: [(plot) => markZoom(plot, plot.select.width > 0)],
      ready: [(plot) => plot.over.addEventListener('dblclick', () => markZoom(plot, false))],
    },
    plugins: [tooltip({ lines, colors, columns, isSmoothed, xWords: (at) => xWords(at, x) })],
  }
}

/** There is no step 0.5. */
const wholeSteps = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((times) => times * 10 ** power)).flat()

/** px of a y axis: charts of one page have the same, but for one with very long numbers. */
function asWideAs(words: readonly string[] | null): number {
  return Math.max(54, ...(words ?? []).map((each) => each.length * 6.6 + 14))
}

/** A logarithmic axis has marks without words, which are null. */
function yWords(splits: readonly (number | null)[]): string[] {
  const words = tickWords(splits.filter((value) => value !== null))
  return splits.map((value) => (value === null ? '' : words(value)))
}

export function xWords(at: number, x: XAxis): string {
  if (x === 'step') return tickNumber(at)
  return x === 'relative' ? duration(at * 1000) : new Date(at * 1000).toLocaleString()
}

function rawSeries({ lines, dashes, colors, columns, isSmoothed }: PlotInput): uPlot.Series[] {
  return lines.map(({ id, label }, index) => ({
    label,
    stroke: isSmoothed ? faded(colors.run(id), 0.3) : colors.run(id),
    width: 1.5,
    dash: dashes[index] ?? [],
    points: {
      show: (_plot, _series, from, to) => (to - from < 40 && !isSmoothed) || isLonely(columns().raw[index]),
      size: 5,
    },
  }))
}

function smoothSeries({ lines, dashes, colors }: PlotInput): uPlot.Series[] {
  return lines.map(({ id, label }, index) => ({
    label: `${label}, smoothed`,
    stroke: colors.run(id),
    width: 2,
    dash: dashes[index] ?? [],
    points: { show: false },
  }))
}

/** A line of one point is only seen as a dot. */
function isLonely(values: readonly (number | null | undefined)[] | undefined): boolean {
  return (values ?? []).filter((value) => value != null).length === 1
}

/** One point alone gets room on both sides. */
function padded(_plot: uPlot, min: number | null, max: number | null): [number, number] {
  if (min == null || max == null) return [0, 1]
  return min === max ? [min - 1, max + 1] : [min, max]
}

/** Remembered on the plot: new points must not undo the reader's zoom. */
function markZoom(plot: uPlot, zoomed: boolean): void {
  Object.assign(plot, { wmZoomed: zoomed })
}

/** A small cross on the edge where a value has no place: above for ∞, below for the others. */
function drawMarkers(plot: uPlot, columns: LineColumns, lines: PlotInput['lines'], colors: ChartColors): void {
  const { ctx, bbox } = plot
  const arm = 3 * devicePixelRatio
  ctx.save()
  ctx.lineWidth = 1.5 * devicePixelRatio
  for (const marker of columns.markers) {
    const at = plot.valToPos(marker.x, 'x', true)
    if (at < bbox.left || at > bbox.left + bbox.width) continue
    const y = marker.what === '∞' ? bbox.top + arm * 2 : bbox.top + bbox.height - arm * 2
    ctx.strokeStyle = colors.run(lines[marker.line]?.id ?? '')
    ctx.beginPath()
    ctx.moveTo(at - arm, y - arm)
    ctx.lineTo(at + arm, y + arm)
    ctx.moveTo(at + arm, y - arm)
    ctx.lineTo(at - arm, y + arm)
    ctx.stroke()
  }
  ctx.restore()
}
