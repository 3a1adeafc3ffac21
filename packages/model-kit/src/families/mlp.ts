import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { adam } from '../adam.ts'
import { useBackend } from '../backend.ts'
import { type DenseLayer, readDenseNetwork } from '../dense-network.ts'
import { type Random, seeded, shuffle } from '../random.ts'
import { denseModel, forward } from './dense-model.ts'
import type { Family, FitOptions, Observations } from './family.ts'

const Params = z.object({
  /** Width of each hidden layer. */
  hidden: z.array(z.int().min(1)),
  learning_rate: z.number().gt(0),
  /** How the rate goes over the epochs: it stays, or falls to 0 along half a cosine. */
  schedule: z.enum(['constant', 'cosine']),
  batch_size: z.int().min(1),
  /** Weight of ½·‖kernel‖² of each layer beside the mean loss. */
  l2: z.number().min(0),
})
type Params = z.infer<typeof Params>

/** A network of dense layers with ReLU, trained by Adam on shuffled batches: cross-entropy, or squared error. */
export const mlp: Family = {
  name: 'mlp',
  tasks: ['classification', 'regression'],
  learnsInEpochs: true,
  async fit(train, params, options) {
    await useBackend(options.backend)
    return denseModel(fitNetwork(train, Params.parse(params), options))
  },
  async load(files, { backend }) {
    const layers = readDenseNetwork(files)
    await useBackend(backend)
    return denseModel(layers)
  },
}

function fitNetwork(train: Observations, params: Params, options: FitOptions): DenseLayer[] {
  const random = seeded(options.seed)
  const scale = options.task === 'regression' ? spread(train.targets) : { mean: 0, deviation: 1 }
  const layers = firstLayers([train.width, ...params.hidden, options.outputs], options.task, random)
  const weights = layers.flatMap(({ kernel, bias }) => [kernel, bias])
  const descend = adam(weights)
  const order = Uint32Array.from({ length: train.rows }, (_, row) => row)
  const batches = Math.ceil(train.rows / params.batch_size)
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, random)
    let loss = 0
    for (let batch = 0; batch < batches; batch++) {
      const some = order.subarray(batch * params.batch_size, (batch + 1) * params.batch_size)
      const { value, gradients } = slopes(layers, batchOf(train, some, options, scale), params.l2)
      descend(gradients, rateAt((epoch + batch / batches) / options.epochs, params))
      loss += (value * some.length) / train.rows
    }
    if (!options.onEpoch) continue
    using model = denseModel(unscaled(layers, scale))
    options.onEpoch({ epoch, loss: loss * scale.deviation ** 2, model })
  }
  return unscaled(layers, scale)
}

/** @param done share of the fit that is behind, 0–1 */
function rateAt(done: number, { learning_rate, schedule }: Params): number {
  return schedule === 'constant' ? learning_rate : (learning_rate * (1 + Math.cos(Math.PI * done))) / 2
}

interface Batch {
  /** [rows, width] */
  readonly inputs: Float32Array
  /** [rows, outputs]: one-hot classes, or standardised values */
  readonly wanted: Float32Array
  readonly rows: number
  readonly task: FitOptions['task']
}

function batchOf(train: Observations, some: Uint32Array, { task, outputs }: FitOptions, scale: Scale): Batch {
  const inputs = new Float32Array(some.length * train.width)
  const wanted = new Float32Array(some.length * outputs)
  for (const [at, row] of some.entries()) {
    inputs.set(train.inputs.subarray(row * train.width, (row + 1) * train.width), at * train.width)
    const target = train.targets[row] as number
    if (task === 'classification') wanted[at * outputs + target] = 1
    else wanted[at] = (target - scale.mean) / scale.deviation
  }
  return { inputs, wanted, rows: some.length, task }
}

/** @returns the mean loss of the batch with its penalty, and its gradient for each kernel and bias, in their order. */
function slopes(
  layers: readonly DenseLayer[],
  { inputs, wanted, rows, task }: Batch,
  l2: number,
): { value: number; gradients: ArrayLike<number>[] } {
  const tensors = tf.tidy(() => {
    const x = tf.tensor2d(inputs, [rows, inputs.length / rows])
    const y = tf.tensor2d(wanted, [rows, wanted.length / rows])
    const weights = layers.flatMap(({ kernel, bias, inputs, units }) => [
      tf.tensor2d(kernel, [inputs, units]),
      tf.tensor1d(bias),
    ])
    const { value, grads } = tf.valueAndGrads((...given) => {
      // The tensors come back in the order in which they are handed over below.
      const live = layers.map(({ activation }, index) => ({
        kernel: given[index * 2] as tf.Tensor2D,
        bias: given[index * 2 + 1] as tf.Tensor1D,
        activation,
      }))
      const logits = forward(live, x, { logits: true })
      // Both losses are means over the batch: one number.
      const loss =
        task === 'regression' ? tf.mean(tf.square(tf.sub(logits, y))) : tf.losses.softmaxCrossEntropy(y, logits)
      if (l2 === 0) return loss
      const squares = tf.addN(live.map(({ kernel }) => tf.sum(tf.square(kernel))))
      return tf.add(loss, tf.mul(squares, l2 / 2))
    })(weights)
    return [value, ...grads]
  })
  const [value, ...gradients] = tensors.map((tensor) => tensor.dataSync())
  tf.dispose(tensors)
  return { value: value?.[0] ?? 0, gradients }
}

/** Glorot-uniform kernels from our own numbers, so that they are the same on every backend; biases are 0. */
function firstLayers(widths: readonly number[], task: FitOptions['task'], random: Random): DenseLayer[] {
  return widths.slice(1).map((units, index) => {
    const inputs = widths[index] as number
    const bound = Math.sqrt(6 / (inputs + units))
    const isLast = index === widths.length - 2
    return {
      kernel: Float32Array.from({ length: inputs * units }, () => (random() * 2 - 1) * bound),
      bias: new Float32Array(units),
      inputs,
      units,
      activation: isLast ? (task === 'classification' ? 'softmax' : 'linear') : 'relu',
    }
  })
}

interface Scale {
  readonly mean: number
  readonly deviation: number
}

function spread(targets: Float64Array): Scale {
  const mean = targets.reduce((sum, target) => sum + target, 0) / targets.length
  const variance = targets.reduce((sum, target) => sum + (target - mean) ** 2, 0) / targets.length
  return { mean, deviation: Math.sqrt(variance) || 1 }
}

/** The layers with the target's scale folded into the last one: their scores are in the target's unit. */
function unscaled(layers: readonly DenseLayer[], { mean, deviation }: Scale): DenseLayer[] {
  return layers.map((layer, index) => {
    const isLast = index === layers.length - 1
    return {
      ...layer,
      kernel: layer.kernel.map((weight) => (isLast ? weight * deviation : weight)),
      bias: layer.bias.map((weight) => (isLast ? weight * deviation + mean : weight)),
    }
  })
}
