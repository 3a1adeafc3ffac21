import type { Cell, Row } from '@waymark/model-kit/model'
import type { CategoryProfile, ColumnProfile } from '@waymark/model-kit/processed-data'
import { cellText } from '@waymark/model-kit/table'
import type { Column } from './type-rows.ts'

const quantiles = [1, 5, 10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90, 95, 99]
const bins = 20

/** @returns what is to be known of a column without looking at its rows. */
export function profileColumn(rows: readonly Row[], { name, kind }: Column, maxCategories: number): ColumnProfile {
  const present = rows.map((row) => row[name] ?? null).filter((cell) => cell !== null)
  const common = { name, missing: rows.length - present.length, distinct: new Set(present).size }
  if (kind !== 'numeric') return { ...common, kind, ...frequencies(present, maxCategories) }
  const sorted = Float64Array.from(present, Number).sort()
  const mean = sorted.reduce((sum, value) => sum + value, 0) / (sorted.length || 1)
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (sorted.length || 1)
  return {
    ...common,
    kind,
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
    mean,
    deviation: Math.sqrt(variance),
    quantiles: Object.fromEntries(quantiles.map((percent) => [`p${percent}`, quantile(sorted, percent / 100)])),
    histogram: histogram(sorted),
  }
}

/** By linear interpolation between neighbours, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = (sorted.length - 1) * share
  const below = sorted[Math.floor(at)] ?? 0
  return below + ((sorted[Math.ceil(at)] ?? 0) - below) * (at - Math.floor(at))
}

function histogram(sorted: Float64Array): { edges: number[]; counts: number[] } {
  const min = sorted[0] ?? 0
  const max = sorted.at(-1) ?? 0
  const width = (max - min) / bins
  if (width === 0) return { edges: [min, max], counts: [sorted.length] }
  const counts = new Array<number>(bins).fill(0)
  for (const value of sorted) {
    const bin = Math.min(bins - 1, Math.floor((value - min) / width))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return { edges: Array.from({ length: bins + 1 }, (_, edge) => (edge === bins ? max : min + edge * width)), counts }
}

function frequencies(present: readonly Cell[], most: number): Pick<CategoryProfile, 'counts' | 'otherCount'> {
  const all = new Map<string, number>()
  for (const cell of present) all.set(cellText(cell), (all.get(cellText(cell)) ?? 0) + 1)
  const byCount = [...all].sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
  return {
    counts: byCount.slice(0, most).map(([value, rows]) => ({ value, rows })),
    otherCount: byCount.slice(most).reduce((sum, [, count]) => sum + count, 0),
  }
}
