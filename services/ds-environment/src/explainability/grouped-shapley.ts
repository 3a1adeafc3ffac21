import { type Random, shuffle } from '@waymark/model-kit/random'
import { type CoalitionGame, coalitionValues, floatsPerCall } from './coalition-values.ts'

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
  /** Orders asked per row where there are more than `exactUpTo` features; as many more as each background row needs alike. */
  readonly permutations: number
  readonly exactUpTo?: number
  readonly random: Random
}

/**
 * Shapley values of whole features: a category's one-hot columns are one player. Up to `exactUpTo` features (10) all
 * coalitions are asked, so that the values carry no sampling noise; above, orders are sampled in pairs of an order and its
 * reverse. Either way the values of a row add up to its score. Cost: rows × background × 2^features scores, or
 * rows × (features + 1) × permutations.
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
    ...(exact ? {} : { permutations: ordersPerRow(question) }),
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

/**
 * Each order of the features leads from one background row to `x`, feature by feature; what a feature changes is its gain.
 * Every background row is walked from equally often, so that the values add up to the score. For the same number of scores
 * this is exacter than one order asked of all background rows at once.
 */
function sampledValues(question: ShapleyQuestion, x: Float32Array): Float64Array {
  const { backgroundRows, width, features, outputs, scores, random } = question
  const players = features.length
  const count = ordersPerRow(question)
  const values = new Float64Array(players * outputs)
  const perCall = Math.max(1, Math.floor(floatsPerCall / ((players + 1) * width)))
  let last: number[] = []
  for (let first = 0; first < count; first += perCall) {
    const orders = Array.from({ length: Math.min(perCall, count - first) }, (_, index) => {
      const isReverse = (first + index) % 2 === 1
      last = isReverse ? last.toReversed() : shuffle([...Array(players).keys()], random)
      return last
    })
    const asked = new Float32Array(orders.length * (players + 1) * width)
    for (const [index, order] of orders.entries()) {
      const from = Math.floor((first + index) / 2) % backgroundRows
      const steps = asked.subarray(index * (players + 1) * width, (index + 1) * (players + 1) * width)
      walk(question, { from, x, order, steps })
    }
    const worth = scores(asked, orders.length * (players + 1))
    for (const [index, order] of orders.entries()) {
      for (const [step, player] of order.entries()) {
        const before = (index * (players + 1) + step) * outputs
        for (let output = 0; output < outputs; output++) {
          const gain = at(worth, before + outputs + output) - at(worth, before + output)
          values[player * outputs + output] = at(values, player * outputs + output) + gain / count
        }
      }
    }
  }
  return values
}

/** Writes the way from background row `from` to `x` into `steps`, [features + 1, width]. */
function walk(
  { background, width, features }: ShapleyQuestion,
  { from, x, order, steps }: { from: number; x: Float32Array; order: readonly number[]; steps: Float32Array },
): void {
  steps.set(background.subarray(from * width, (from + 1) * width))
  for (const [step, player] of order.entries()) {
    const next = (step + 1) * width
    steps.copyWithin(next, next - width, next)
    const group = features[player]
    if (group) steps.set(x.subarray(group.from, group.from + group.width), next + group.from)
  }
}

/** In pairs of an order and its reverse, as many pairs from each background row. */
function ordersPerRow({ permutations, backgroundRows }: ShapleyQuestion): number {
  return Math.ceil(permutations / (2 * backgroundRows)) * 2 * backgroundRows
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
