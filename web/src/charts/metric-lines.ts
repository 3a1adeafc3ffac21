import { smooth } from './smoothing.ts'

export interface MetricPoint {
  readonly step: number
  /** ms since epoch */
  readonly timestamp: number
  readonly value: number
}

/** One line of a chart: a metric of a run. */
export interface MetricLine {
  /** The run's id: it decides the colour. */
  readonly id: string
  readonly label: string
  readonly points: readonly MetricPoint[]
}

export const xAxes = ['step', 'relative', 'time'] as const
/** Steps; seconds since the line's first point; seconds since epoch. */
export type XAxis = (typeof xAxes)[number]

export interface LineOptions {
  readonly x: XAxis
  /** 0 (none) to 0.99 */
  readonly smoothing: number
  readonly logY: boolean
}

/** A value that has no place on the chart, marked on its edge. */
export interface Marker {
  readonly line: number
  readonly x: number
  readonly what: 'NaN' | '∞' | '−∞' | '≤ 0'
}

/** Columns as uPlot takes them: `undefined` is spanned (another line's x), `null` is a gap. */
export interface LineColumns {
  readonly xs: number[]
  /** One per line, aligned with `xs`: what was logged. */
  readonly raw: (number | null | undefined)[][]
  /** One per line, aligned with `xs`; empty without smoothing. */
  readonly smoothed: (number | null | undefined)[][]
  readonly markers: Marker[]
  /** What the picture leaves out, in words. */
  readonly notes: string[]
}

/** @returns the columns of a chart; every finite point of every line is in them. */
export function metricLines(lines: readonly MetricLine[], { x, smoothing, logY }: LineOptions): LineColumns {
  const markers: Marker[] = []
  let repeated = 0
  const read = lines.map((line, index) => {
    const values = new Map<number, number | null>()
    const seen: { x: number; value: number }[] = []
    for (const point of inOrder(line.points, x)) {
      const at = xOf(point, x, line.points[0])
      if (values.has(at)) repeated += 1
      const what = outOfSight(point.value, logY)
      if (what !== undefined) markers.push({ line: index, x: at, what })
      values.set(at, what === undefined ? point.value : null)
      seen.push({ x: at, value: what === undefined ? point.value : Number.NaN })
    }
    return { values, smoothed: smoothing > 0 ? smoothOf(seen, smoothing) : new Map<number, number | null>() }
  })
  const xs = [...new Set(read.flatMap(({ values }) => [...values.keys()]))].sort((a, b) => a - b)
  return {
    xs,
    raw: read.map(({ values }) => xs.map((at) => values.get(at))),
    smoothed: smoothing > 0 ? read.map(({ smoothed }) => xs.map((at) => smoothed.get(at))) : [],
    markers,
    notes: notesOf(markers, repeated, x),
  }
}

function inOrder(points: readonly MetricPoint[], x: XAxis): readonly MetricPoint[] {
  return points.toSorted((a, b) =>
    x === 'step' ? a.step - b.step || a.timestamp - b.timestamp : a.timestamp - b.timestamp || a.step - b.step,
  )
}

function xOf(point: MetricPoint, x: XAxis, first: MetricPoint | undefined): number {
  if (x === 'step') return point.step
  return x === 'time' ? point.timestamp / 1000 : (point.timestamp - (first?.timestamp ?? point.timestamp)) / 1000
}

/** MLflow stores ±Infinity as the largest double. */
function outOfSight(value: number, logY: boolean): Marker['what'] | undefined {
  if (Number.isNaN(value)) return 'NaN'
  if (Math.abs(value) >= Number.MAX_VALUE) return value > 0 ? '∞' : '−∞'
  return logY && value <= 0 ? '≤ 0' : undefined
}

function smoothOf(seen: readonly { x: number; value: number }[], weight: number): Map<number, number | null> {
  const smoothed = smooth(
    seen.map(({ value }) => value),
    weight,
  )
  return new Map(seen.map(({ x }, i) => [x, Number.isFinite(smoothed[i]) ? (smoothed[i] ?? null) : null]))
}

function notesOf(markers: readonly Marker[], repeated: number, x: XAxis): string[] {
  const counts = Map.groupBy(markers, (marker) => marker.what)
  const marked = [...counts].map(([what, all]) => `${all.length} × ${what}`).join(', ')
  const notes = marked === '' ? [] : [`${marked}, marked on the edge`]
  if (repeated > 0)
    notes.push(`${repeated} points share a ${x === 'step' ? 'step' : 'time'}, the last of them is drawn`)
  return notes
}
