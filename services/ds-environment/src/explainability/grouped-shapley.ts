import { type Random, shuffle } from '@waymark/model-kit/random'
import { type CoalitionGame, coalitionValues } from './coalition-values.ts'

export interface ShapleyExplanation {
  /** exact: every coalition was asked; sampled: an unbiased estimate from random orders of the features. */
  readonly method: 'exact' | 'sampled'
  /** Orders asked per row; only of a sampled explanation. */
  readonly permutations?: number
  /** Mean scores of the background rows, [outputs]: what the values of a row add up from. */
  readonly base: Float64Array
  /** [rows, features, outputs]: base + the sum over the features is the score of the row. */
  readonly values: Float64Array
  /** Largest |base + sum − score| over rows and outputs, the score asked from the model anew. */
  readonly additivityError: number
}

export interface ShapleyQuestion extends CoalitionGame {
  /** [rows, width] */
  readonly encoded: Float32Array
  readonly rows: number
  /** Orders asked per row where there are more than `exactUpTo` features. */
  readonly permutations: number
  readonly exactUpTo?: number
  readonly random: Random
}

/**
 * Shapley values of whole features: a category's one-hot columns are one player. Up to `exactUpTo` features (10) all
 * coalitions are asked, so that the values carry no sampling noise; above, orders are sampled in pairs of an order and its
 * reverse. Either way the values of a row add up to its score. Cost: rows × background × 2^features scores, or
 * rows × background × (features + 1) × permutations.
 * Source: Shapley (1953); Lundberg and Lee (2017) for the value of a coalition; Castro et al. (2009) for the sampling.
 */
export function groupedShapley(question: ShapleyQuestion): ShapleyExplanation {
  const { encoded, rows, width, features, outputs, scores, exactUpTo = 10 } = question
  const exact = features.length <= exactUpTo
  const values = new Float64Array(rows * features.length * outputs)
  const nobody = [new Uint8Array(features.length)]
  const base = coalitionValues(question, encoded.subarray(0, width), nobody)
  for (let row = 0; row < rows; row++) {
    const x = encoded.subarray(row * width, (row + 1) * width)
    const ofRow = exact ? exactValues(question, x) : sampledValues(question, x)
    values.set(ofRow, row * ofRow.length)
  }
  return {
    method: exact ? 'exact' : 'sampled',
    ...(exact ? {} : { permutations: question.permutations }),
    base,
    values,
    additivityError: largestGap({
      base,
      values,
      scores: scores(encoded, rows),
      rows,
      features: features.length,
      outputs,
    }),
  }
}

/** φ_i = Σ over S without i of |S|! (M − |S| − 1)! / M! · (v(S ∪ i) − v(S)). */
function exactValues(question: ShapleyQuestion, x: Float32Array): Float64Array {
  const { features, outputs } = question
  const players = features.length
  const coalitions = Array.from({ length: 2 ** players }, (_, bits) =>
    Uint8Array.from({ length: players }, (_, player) => (bits >> player) & 1),
  )
  const worth = coalitionValues(question, x, coalitions)
  const weight = Array.from({ length: players }, (_, size) => 1 / (players * binomial(players - 1, size)))
  const values = new Float64Array(players * outputs)
  coalitions.forEach((members, bits) => {
    const size = members.reduce((sum, member) => sum + member, 0)
    for (let player = 0; player < players; player++) {
      if (members[player] === 1) continue
      const joined = bits | (1 << player)
      for (let output = 0; output < outputs; output++) {
        const gain = at(worth, joined * outputs + output) - at(worth, bits * outputs + output)
        values[player * outputs + output] = at(values, player * outputs + output) + at(weight, size) * gain
      }
    }
  })
  return values
}

function sampledValues(question: ShapleyQuestion, x: Float32Array): Float64Array {
  const { features, outputs, permutations, random } = question
  const players = features.length
  const values = new Float64Array(players * outputs)
  let order: number[] = []
  for (let sample = 0; sample < permutations; sample++) {
    order = sample % 2 === 0 ? shuffle([...Array(players).keys()], random) : order.toReversed()
    const coalitions = [new Uint8Array(players)]
    for (const player of order) coalitions.push((coalitions.at(-1) ?? new Uint8Array(players)).with(player, 1))
    const worth = coalitionValues(question, x, coalitions)
    order.forEach((player, step) => {
      for (let output = 0; output < outputs; output++) {
        const gain = at(worth, (step + 1) * outputs + output) - at(worth, step * outputs + output)
        values[player * outputs + output] = at(values, player * outputs + output) + gain / permutations
      }
    })
  }
  return values
}

function largestGap(words: {
  base: Float64Array
  values: Float64Array
  scores: Float32Array
  rows: number
  features: number
  outputs: number
}): number {
  const { base, values, scores, rows, features, outputs } = words
  let gap = 0
  for (let row = 0; row < rows; row++) {
    for (let output = 0; output < outputs; output++) {
      let sum = at(base, output)
      for (let feature = 0; feature < features; feature++)
        sum += at(values, (row * features + feature) * outputs + output)
      gap = Math.max(gap, Math.abs(sum - at(scores, row * outputs + output)))
    }
  }
  return gap
}

function binomial(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i
  return result
}

function at(numbers: ArrayLike<number>, index: number): number {
  return numbers[index] ?? 0
}
