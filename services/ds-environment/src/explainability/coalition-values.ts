import type { FeatureGroup } from '@waymark/model-kit/model'

export interface CoalitionGame {
  /** [backgroundRows, width]: what an absent feature's values are taken from (interventional values). */
  readonly background: Float32Array
  readonly backgroundRows: number
  readonly width: number
  readonly features: readonly FeatureGroup[]
  /** @returns [rows, outputs] */
  readonly scores: (encoded: Float32Array, rows: number) => Float32Array
  readonly outputs: number
}

/** Encoded rows asked in one call of the model; bounds the memory of a wide encoding (floats, not bytes). */
export const floatsPerCall = 4_000_000

/**
 * What coalitions of features are worth for one row: the mean score over the background when the members have the row's
 * values and all others the background's.
 * @param x the encoded row, [width]
 * @param coalitions each [features], 1 for a member
 * @returns [coalitions, outputs]
 */
export function coalitionValues(
  { background, backgroundRows, width, features, scores, outputs }: CoalitionGame,
  x: Float32Array,
  coalitions: readonly Uint8Array[],
): Float64Array {
  const worth = new Float64Array(coalitions.length * outputs)
  const perCall = Math.max(1, Math.floor(floatsPerCall / (backgroundRows * width)))
  for (let first = 0; first < coalitions.length; first += perCall) {
    const some = coalitions.slice(first, first + perCall)
    const asked = new Float32Array(some.length * backgroundRows * width)
    some.forEach((members, index) => {
      const block = asked.subarray(index * backgroundRows * width, (index + 1) * backgroundRows * width)
      block.set(background.subarray(0, backgroundRows * width))
      features.forEach((group, player) => {
        if (members[player] !== 1) return
        const own = x.subarray(group.from, group.from + group.width)
        for (let row = 0; row < backgroundRows; row++) block.set(own, row * width + group.from)
      })
    })
    const answers = scores(asked, some.length * backgroundRows)
    for (let index = 0; index < some.length; index++) {
      for (let output = 0; output < outputs; output++) {
        let sum = 0
        for (let row = 0; row < backgroundRows; row++)
          sum += answers[(index * backgroundRows + row) * outputs + output] ?? 0
        worth[(first + index) * outputs + output] = sum / backgroundRows
      }
    }
  }
  return worth
}
