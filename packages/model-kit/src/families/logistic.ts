import { z } from 'zod'
import { minimize } from '../lbfgs.ts'
import { cholesky, meanProducts, solveCholesky } from '../linear-algebra.ts'
import type { Family, Observations } from './family.ts'
import { loadSingleLayer, singleLayer, softmax } from './single-layer.ts'

const Params = z.object({
  /** Weight of ½·‖kernel‖² beside the mean cross-entropy. */
  l2: z.number().min(0),
})

/** Multinomial logistic regression, fitted to convergence: the mean cross-entropy plus an L2 penalty, by L-BFGS. */
export const logistic: Family = {
  name: 'logistic',
  tasks: ['classification'],
  learnsInEpochs: false,
  async fit(train, params, { outputs, onEpoch }) {
    const { l2 } = Params.parse(params)
    const question = { ...train, outputs, l2 }
    const { at, value } = minimize(
      (weights, gradient) => penalisedLoss(question, weights, gradient),
      new Float64Array((train.width + 1) * outputs),
      { preconditionAt: (weights) => newton(question, weights), tolerance: 1e-6 },
    )
    const fitted = singleLayer({
      kernel: Float32Array.from(at.subarray(0, train.width * outputs)),
      bias: Float32Array.from(at.subarray(train.width * outputs)),
      inputs: train.width,
      units: outputs,
      activation: 'softmax',
    })
    onEpoch?.({ epoch: 0, loss: value, model: fitted })
    return fitted
  },
  load: async (files) => loadSingleLayer(files),
}

interface Question extends Observations {
  readonly outputs: number
  readonly l2: number
}

/** @param weights [width + 1, outputs], the last row is the bias */
function penalisedLoss(question: Question, weights: Float64Array, gradient: Float64Array): number {
  const { inputs, targets, rows, width, outputs, l2 } = question
  gradient.fill(0)
  const bias = width * outputs
  const p = new Float64Array(outputs)
  let loss = 0
  for (let row = 0; row < rows; row++) {
    logitsInto(p, question, row, weights)
    softmax(p)
    const target = targets[row] as number
    loss -= Math.log(Math.max(p[target] as number, 1e-300))
    ;(p[target] as number) -= 1
    for (let i = 0; i < width; i++) {
      const x = inputs[row * width + i] as number
      if (x === 0) continue
      const at = i * outputs
      for (let k = 0; k < outputs; k++) (gradient[at + k] as number) += x * (p[k] as number)
    }
    for (let k = 0; k < outputs; k++) (gradient[bias + k] as number) += p[k] as number
  }
  let penalty = 0
  for (let i = 0; i < gradient.length; i++) {
    const weight = i < bias ? (weights[i] as number) : 0
    penalty += weight * weight
    gradient[i] = (gradient[i] as number) / rows + l2 * weight
  }
  return loss / rows + (l2 / 2) * penalty
}

/** Weights up to which the whole Hessian is looked at; above, only its blocks on the diagonal, one for each class. */
const wholeUpTo = 500

/**
 * Added to the diagonal of the Hessian, which is flat in some directions: the same added to the bias of every class changes
 * nothing, nor does the same added to all categories of a column and taken from the bias.
 */
const ridge = 1e-9

/**
 * A Newton step. Without it collinear features and neighbouring classes cost hundreds of iterations: on the diamonds 373
 * with none (5.5 s), 200 with the blocks alone (4 s), 25 with the whole Hessian (1.3 s).
 */
function newton(question: Question, weights: Float64Array): (vector: Float64Array) => void {
  const { width, outputs } = question
  const size = width + 1
  const probabilities = allProbabilities(question, weights)
  if (size * outputs > wholeUpTo) {
    const blocks = Array.from({ length: outputs }, (_, k) => {
      const own = block(question, probabilities, k, k)
      for (let i = 0; i < size; i++) (own[i * size + i] as number) += ridge
      return cholesky(own, size)
    })
    return (vector) => {
      const side = new Float64Array(size)
      for (const [k, lower] of blocks.entries()) {
        for (let i = 0; i < size; i++) side[i] = vector[i * outputs + k] as number
        solveCholesky(lower, size, side)
        for (let i = 0; i < size; i++) vector[i * outputs + k] = side[i] as number
      }
    }
  }
  const all = size * outputs
  const hessian = new Float64Array(all * all)
  for (let k = 0; k < outputs; k++) {
    for (let l = 0; l <= k; l++) {
      const part = block(question, probabilities, k, l)
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j++) {
          const entry = part[i * size + j] as number
          hessian[(i * outputs + k) * all + j * outputs + l] = entry
          hessian[(j * outputs + l) * all + i * outputs + k] = entry
        }
      }
    }
  }
  for (let i = 0; i < all; i++) (hessian[i * all + i] as number) += ridge
  const lower = cholesky(hessian, all)
  return (vector) => solveCholesky(lower, all, vector)
}

/** The second derivatives by the weights of class k and those of class l, [width + 1, width + 1]. */
function block({ inputs, rows, width, outputs, l2 }: Question, probabilities: Float64Array, k: number, l: number) {
  const part = meanProducts(inputs, rows, width, (row) => {
    const share = probabilities[row * outputs + k] as number
    return k === l ? share * (1 - share) : -share * (probabilities[row * outputs + l] as number)
  })
  if (k === l) for (let i = 0; i < width; i++) (part[i * (width + 1) + i] as number) += l2
  return part
}

function allProbabilities(question: Question, weights: Float64Array): Float64Array {
  const { rows, outputs } = question
  const probabilities = new Float64Array(rows * outputs)
  for (let row = 0; row < rows; row++) {
    const p = probabilities.subarray(row * outputs, (row + 1) * outputs)
    logitsInto(p, question, row, weights)
    softmax(p)
  }
  return probabilities
}

function logitsInto(
  logits: Float64Array,
  { inputs, width, outputs }: Question,
  row: number,
  weights: Float64Array,
): void {
  for (let k = 0; k < outputs; k++) logits[k] = weights[width * outputs + k] as number
  for (let i = 0; i < width; i++) {
    const x = inputs[row * width + i] as number
    if (x === 0) continue
    for (let k = 0; k < outputs; k++) (logits[k] as number) += x * (weights[i * outputs + k] as number)
  }
}
