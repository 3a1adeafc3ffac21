import { createRequire } from 'node:module'
import { join } from 'node:path'
import { loadTensorflow } from '../../packages/model-kit/src/load-tensorflow.ts'

/** What of tfjs-node's namespace the check uses; its own types are not installed. */
interface Tensor {
  dataSync(): Float32Array
}
interface Network {
  compile(args: object): void
  fit(inputs: Tensor, targets: Tensor, args: object): Promise<{ history: { loss: number[] } }>
  predict(inputs: Tensor): Tensor
  getWeights(): Tensor[]
  setWeights(weights: Tensor[]): void
}
interface Tensorflow {
  getBackend(): string
  tensor2d(values: ArrayLike<number>, shape: readonly [number, number]): Tensor
  tensor(values: Float32Array, shape: readonly number[]): Tensor
  sequential(args: object): Network
  layers: { dense(args: object): object }
}

/**
 * Trains a small network natively, writes its weights out and reads them back into another one.
 * @throws where the loss does not fall or the reloaded network answers anything else than the trained one.
 */
export async function checkTensorflow(folder: string): Promise<void> {
  loadTensorflow(folder)
  const tf: Tensorflow = createRequire(join(folder, 'package.json'))('@tensorflow/tfjs-node')
  if (tf.getBackend() !== 'tensorflow') throw new Error(`tfjs computes with ${tf.getBackend()}`)
  const rows = 64
  const inputs = tf.tensor2d(
    Float32Array.from({ length: rows * 2 }, (_, i) => Math.sin(i)),
    [rows, 2],
  )
  const targets = tf.tensor2d(
    Float32Array.from({ length: rows }, (_, i) => Math.sin(2 * i) * Math.sin(2 * i + 1)),
    [rows, 1],
  )
  const trained = network(tf)
  trained.compile({ optimizer: 'adam', loss: 'meanSquaredError' })
  const { loss } = (await trained.fit(inputs, targets, { epochs: 40, verbose: 0 })).history
  const [first = Number.NaN, last = Number.NaN] = [loss[0], loss.at(-1)]
  if (!(last < first)) throw new Error(`the loss did not fall: ${first} → ${last}`)

  const weights = trained.getWeights().map((weight) => ({ shape: shapeOf(weight), values: weight.dataSync().slice() }))
  const reloaded = network(tf)
  reloaded.setWeights(weights.map(({ shape, values }) => tf.tensor(values, shape)))
  const expected = trained.predict(inputs).dataSync()
  const found = reloaded.predict(inputs).dataSync()
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))))
  if (worst !== 0) throw new Error(`a reloaded network differs by ${worst}`)
}

function network(tf: Tensorflow): Network {
  return tf.sequential({
    layers: [tf.layers.dense({ inputShape: [2], units: 8, activation: 'relu' }), tf.layers.dense({ units: 1 })],
  })
}

function shapeOf(tensor: Tensor): readonly number[] {
  return (tensor as Tensor & { shape: number[] }).shape // every tensor has it
}
