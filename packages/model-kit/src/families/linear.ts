import { z } from 'zod'
import { cholesky, meanProducts, solveCholesky } from '../linear-algebra.ts'
import type { Family } from './family.ts'
import { loadSingleLayer, singleLayer } from './single-layer.ts'

const Params = z.object({
  /** Weight of ‖kernel‖² beside the mean squared error, in the unit of the target's variance. */
  l2: z.number().min(0),
})

/** Linear regression by least squares, with an L2 penalty (ridge), solved exactly. */
export const linear: Family = {
  name: 'linear',
  tasks: ['regression'],
  learnsInEpochs: false,
  async fit({ inputs, targets, rows, width }, params, { onEpoch }) {
    const { l2 } = Params.parse(params)
    const size = width + 1
    const products = meanProducts(inputs, rows, width)
    for (let i = 0; i < width; i++) (products[i * size + i] as number) += l2
    const weights = meanWithTarget(inputs, targets, rows, width)
    solveCholesky(cholesky(products, size), size, weights)
    const fitted = singleLayer({
      kernel: Float32Array.from(weights.subarray(0, width)),
      bias: Float32Array.from(weights.subarray(width)),
      inputs: width,
      units: 1,
      activation: 'linear',
    })
    if (onEpoch) {
      const scores = fitted.scores(inputs, rows)
      const loss = targets.reduce((sum, target, row) => sum + (target - (scores[row] as number)) ** 2, 0) / rows
      onEpoch({ epoch: 0, loss, model: fitted })
    }
    return fitted
  },
  load: async (files) => loadSingleLayer(files),
}

/** @returns the mean of each column times the target, [width + 1]. */
function meanWithTarget(inputs: Float32Array, targets: Float64Array, rows: number, width: number): Float64Array {
  const means = new Float64Array(width + 1)
  for (let row = 0; row < rows; row++) {
    const target = (targets[row] as number) / rows
    for (let i = 0; i < width; i++) (means[i] as number) += (inputs[row * width + i] as number) * target
    ;(means[width] as number) += target
  }
  return means
}
