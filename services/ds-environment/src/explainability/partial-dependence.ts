import type { Cell } from '@waymark/model-kit/model'

export interface PartialDependence {
  readonly feature: string
  readonly kind: 'numeric' | 'categorical'
  /** Values that were set, in the feature's own unit. */
  readonly grid: readonly (string | number | boolean)[]
  /** Values of the feature that the grid leaves out (rare categories); 0 for a numeric feature. */
  readonly leftOut: number
  /** [grid, outputs]: the mean score over the rows when the feature has that value in all of them. */
  readonly mean: readonly (readonly number[])[]
}

/**
 * The mean score as a function of one feature.
 * Source: Friedman (2001), "Greedy Function Approximation", section 8.2.
 * @param values of the feature in the rows that are averaged over
 * @param scoresWith scores of these rows where the feature has that value in all of them, [rows, outputs]
 * @param points grid values at most
 */
export function partialDependence({
  feature,
  values,
  scoresWith,
  outputs,
  points,
}: {
  readonly feature: string
  readonly values: readonly Cell[]
  readonly scoresWith: (value: string | number | boolean) => Float32Array
  readonly outputs: number
  readonly points: number
}): PartialDependence {
  const { kind, grid, leftOut } = gridOf(values, points)
  const mean = grid.map((value) => {
    const scores = scoresWith(value)
    return Array.from({ length: outputs }, (_, output) => {
      let sum = 0
      for (let row = 0; row < values.length; row++) sum += scores[row * outputs + output] ?? 0
      return sum / values.length
    })
  })
  return { feature, kind, grid, leftOut, mean }
}

/**
 * Numbers: all distinct values where there are few, else evenly spaced between the 5th and the 95th percentile (outside,
 * too few rows speak). Categories and booleans: the most frequent first.
 */
function gridOf(
  values: readonly Cell[],
  points: number,
): { kind: PartialDependence['kind']; grid: (string | number | boolean)[]; leftOut: number } {
  const present = values.filter((value) => value !== null)
  const numbers = present.filter((value) => typeof value === 'number').sort((a, b) => a - b)
  if (numbers.length > 0 && numbers.length === present.length)
    return { kind: 'numeric', grid: numericGrid(numbers, points), leftOut: 0 }
  const counts = new Map<string | number | boolean, number>()
  for (const value of present) counts.set(value, (counts.get(value) ?? 0) + 1)
  const byCount = [...counts]
    .sort(([a, m], [b, n]) => n - m || (String(a) < String(b) ? -1 : 1))
    .map(([value]) => value)
  return { kind: 'categorical', grid: byCount.slice(0, points), leftOut: Math.max(0, byCount.length - points) }
}

function numericGrid(sorted: readonly number[], points: number): number[] {
  const distinct = [...new Set(sorted)]
  if (distinct.length <= points) return distinct
  const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0
  const [low, high] = [quantile(0.05), quantile(0.95)]
  if (low === high) return [low]
  return Array.from({ length: points }, (_, index) => low + ((high - low) * index) / (points - 1))
}
