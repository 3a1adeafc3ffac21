import type { FeatureGroup } from '@waymark/model-kit/model'
import { type Random, shuffle } from '@waymark/model-kit/random'

export interface PermutationImportance {
  /** Quality on the rows as they are. */
  readonly baseline: number
  /** In the order of the features; `drops` has one entry per repeat, in the unit of the quality. */
  readonly features: readonly {
    readonly feature: string
    readonly mean: number
    /** Population standard deviation over the repeats. */
    readonly sd: number
    readonly drops: readonly number[]
  }[]
}

/**
 * How much worse the model does when the values of one feature are shuffled among the rows. The one-hot columns of a
 * feature move together, so that every shuffled row still holds one category.
 * Source: Breiman (2001), "Random Forests", section 10; model-agnostic form of Fisher, Rudin and Dominici (2019).
 * @param quality of encoded rows, [rows, width]; greater is better
 */
export function permutationImportance({
  encoded,
  rows,
  width,
  features,
  quality,
  repeats,
  random,
}: {
  readonly encoded: Float32Array
  readonly rows: number
  readonly width: number
  readonly features: readonly FeatureGroup[]
  readonly quality: (encoded: Float32Array) => number
  readonly repeats: number
  readonly random: Random
}): PermutationImportance {
  const baseline = quality(encoded)
  const shuffled = encoded.slice()
  const importances = features.map((group) => {
    const drops = Array.from({ length: repeats }, () => {
      copyColumns(group, { from: encoded, to: shuffled, width, order: shuffle(inOrder(rows), random) })
      return baseline - quality(shuffled)
    })
    copyColumns(group, {
      from: encoded,
      to: shuffled,
      width,
      order: inOrder(rows),
    })
    return { feature: group.feature, ...meanAndSd(drops), drops }
  })
  return { baseline, features: importances }
}

/** Row `i` of `to` gets the group's columns of row `order[i]` of `from`. */
function copyColumns(
  group: FeatureGroup,
  { from, to, width, order }: { from: Float32Array; to: Float32Array; width: number; order: Uint32Array },
): void {
  order.forEach((source, row) => {
    const start = source * width + group.from
    to.set(from.subarray(start, start + group.width), row * width + group.from)
  })
}

function inOrder(rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, row) => row)
}

function meanAndSd(values: readonly number[]): { mean: number; sd: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, sd: Math.sqrt(variance) }
}
