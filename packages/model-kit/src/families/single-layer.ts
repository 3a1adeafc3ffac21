import { type DenseLayer, denseNetworkFiles, readDenseNetwork } from '../dense-network.ts'
import { ModelFileError } from '../model-file-error.ts'
import type { Fitted, ModelFiles } from './family.ts'

/** A model of one dense layer (logistic and linear regression), in plain numbers: it needs no backend. */
export function singleLayer(layer: DenseLayer): Fitted {
  const isSoftmax = layer.activation === 'softmax'
  const scores = (inputs: Float32Array, rows: number) => {
    const out = new Float32Array(rows * layer.units)
    const logits = new Float64Array(layer.units)
    for (let row = 0; row < rows; row++) {
      linearInto(logits, layer, inputs, row)
      if (isSoftmax) softmax(logits)
      out.set(logits, row * layer.units)
    }
    return out
  }
  return {
    scores,
    gradient(inputs, rows, output) {
      const slopes = new Float32Array(rows * layer.inputs)
      const p = isSoftmax ? scores(inputs, rows) : undefined
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < layer.inputs; i++) {
          const weights = layer.kernel.subarray(i * layer.units, (i + 1) * layer.units)
          const own = weights[output] as number
          const probabilities = p?.subarray(row * layer.units, (row + 1) * layer.units)
          // d p_k / d x = p_k · (w_k − Σ_j p_j · w_j)
          slopes[row * layer.inputs + i] = probabilities
            ? (probabilities[output] as number) *
              (own - probabilities.reduce((sum, share, j) => sum + share * (weights[j] as number), 0))
            : own
        }
      }
      return slopes
    },
    files: () => denseNetworkFiles([layer]),
    [Symbol.dispose]() {},
  }
}

/** @throws {ModelFileError} where the files hold no single layer. */
export function loadSingleLayer(files: ModelFiles): Fitted {
  const [layer, ...more] = readDenseNetwork(files)
  if (!layer || more.length > 0) throw new ModelFileError('model.json holds no single dense layer')
  return singleLayer(layer)
}

/** Turns logits into probabilities, in place; the largest is taken off first, so that none overflows. */
export function softmax(logits: Float64Array): void {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  let sum = 0
  for (let k = 0; k < logits.length; k++) {
    const power = Math.exp((logits[k] as number) - most)
    logits[k] = power
    sum += power
  }
  for (let k = 0; k < logits.length; k++) (logits[k] as number) /= sum
}

function linearInto(logits: Float64Array, layer: DenseLayer, inputs: Float32Array, row: number): void {
  logits.set(layer.bias)
  for (let i = 0; i < layer.inputs; i++) {
    const x = inputs[row * layer.inputs + i] as number
    if (x === 0) continue
    for (let k = 0; k < layer.units; k++) (logits[k] as number) += x * (layer.kernel[i * layer.units + k] as number)
  }
}
