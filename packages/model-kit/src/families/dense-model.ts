import * as tf from '@tensorflow/tfjs-core'
// For its side effect: in Node, tfjs-core 4.22 comes without the gradients of its kernels; the layers package registers them.
import '@tensorflow/tfjs-layers'
import { type DenseLayer, denseNetworkFiles } from '../dense-network.ts'
import type { Fitted } from './family.ts'

/** A dense layer whose weights live on the backend. */
export interface LiveLayer {
  readonly kernel: tf.Tensor2D
  readonly bias: tf.Tensor1D
  readonly activation: DenseLayer['activation']
}

/** Rows in one call of the backend: bounds its memory, which the wasm backend never gives back. */
const rowsPerCall = 16_384

/** A network on the current backend. Disposing it frees its weights there. */
export function denseModel(layers: readonly DenseLayer[]): Fitted {
  const width = layers[0]?.inputs ?? 0
  const outputs = layers.at(-1)?.units ?? 0
  const live = layers.map(({ kernel, bias, inputs, units, activation }) => ({
    kernel: tf.tensor2d(kernel, [inputs, units]),
    bias: tf.tensor1d(bias),
    activation,
  }))
  return {
    scores(inputs, rows) {
      const scores = new Float32Array(rows * outputs)
      for (let from = 0; from < rows; from += rowsPerCall) {
        const some = Math.min(rowsPerCall, rows - from)
        const block = inputs.subarray(from * width, (from + some) * width)
        const out = tf.tidy(() => forward(live, tf.tensor2d(block, [some, width])))
        scores.set(out.dataSync(), from * outputs)
        out.dispose()
      }
      return scores
    },
    gradient(inputs, rows, output) {
      const slopes = tf.tidy(() => {
        const mask = tf.tensor1d(Array.from({ length: outputs }, (_, k) => (k === output ? 1 : 0)))
        // The rank is that of the tensor two lines down.
        const slope = tf.grad((x) => tf.sum(tf.mul(forward(live, x as tf.Tensor2D), mask)))
        return slope(tf.tensor2d(inputs.subarray(0, rows * width), [rows, width]))
      })
      // Every backend stores a float32 tensor as a Float32Array.
      const values = slopes.dataSync() as Float32Array
      slopes.dispose()
      return values
    },
    files: () => denseNetworkFiles(layers),
    [Symbol.dispose]() {
      for (const { kernel, bias } of live) tf.dispose([kernel, bias])
    },
  }
}

/** @returns what the layers make of `inputs`, [rows, units of the last layer]; without the last softmax where `logits`. */
export function forward(layers: readonly LiveLayer[], inputs: tf.Tensor2D, { logits = false } = {}): tf.Tensor2D {
  let x = inputs
  for (const { kernel, bias, activation } of layers) {
    const fused = activation === 'relu' ? 'relu' : 'linear'
    // fused.matMul keeps the rank of its inputs.
    const y = tf.fused.matMul({ a: x, b: kernel, bias, activation: fused }) as tf.Tensor2D
    x = activation === 'softmax' && !logits ? tf.softmax(y) : y
  }
  return x
}
