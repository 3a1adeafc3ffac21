import * as tf from '@tensorflow/tfjs-core'
import { loadLayersModel } from '@tensorflow/tfjs-layers'
import { describe, expect, test } from 'vitest'
import { useBackend } from '../backend.ts'
import { evaluate } from '../evaluate.ts'
import { seeded } from '../random.ts'
import { familyOf } from './families.ts'
import type { Epoch, FitOptions, Fitted, HyperParams, Observations } from './family.ts'

const classes = { task: 'classification', outputs: 3, seed: 1, epochs: 30, backend: 'wasm' } as const
const values = { task: 'regression', outputs: 1, seed: 1, epochs: 60, backend: 'wasm' } as const
const mlp = { hidden: [8], learning_rate: 0.05, schedule: 'cosine', batch_size: 4, l2: 0 }
const kinds: [string, HyperParams, FitOptions][] = [
  ['majority', {}, classes],
  ['logistic', { l2: 0.01 }, classes],
  ['mlp', mlp, classes],
  ['majority', {}, values],
  ['linear', { l2: 0 }, values],
  ['mlp', mlp, values],
]

describe.each(kinds)('%s %o for %o', (name, params, options) => {
  const train = options.task === 'classification' ? threeCorners(20) : plane(20)
  const fitOne = (more: Partial<FitOptions> = {}) => familyOf(name).fit(train, params, { ...options, ...more })

  test('gives the same bytes for the same seed', async () => {
    using first = await fitOne()
    using second = await fitOne()
    expect(second.files()).toEqual(first.files())
  })

  test('gives the same scores after save and load', async () => {
    using fitted = await fitOne()
    using loaded = await familyOf(name).load(fitted.files(), { backend: 'wasm' })
    expect(loaded.scores(train.inputs, train.rows)).toEqual(fitted.scores(train.inputs, train.rows))
  })

  test('is no worse on what it saw than knowing nothing', async () => {
    using fitted = await fitOne()
    using nothing = await familyOf('majority').fit(train, {}, options)
    const metric = options.task === 'classification' ? 'log_loss' : 'rmse'
    const of = (model: Fitted) =>
      evaluate(options.task, model.scores(train.inputs, train.rows), train.targets)[metric] ?? Number.NaN
    expect(of(fitted)).toBeLessThanOrEqual(of(nothing))
  })

  test('has the gradient that small steps show', async () => {
    using fitted = await fitOne()
    if (!fitted.gradient) return expect(name).toBe('majority')
    const output = options.outputs - 1
    const slopes = fitted.gradient(train.inputs, 5, output)
    const step = 1e-2
    for (let at = 0; at < 5 * train.width; at++) {
      const row = Math.floor(at / train.width)
      const scoreAt = (move: number) => {
        const moved = train.inputs.slice()
        moved[at]! += move
        return fitted.scores(moved, train.rows)[row * options.outputs + output]!
      }
      const shown = (scoreAt(step) - scoreAt(-step)) / (2 * step)
      // A step across the kink of a ReLU shows a slope between the two of it.
      if (name !== 'mlp') expect(slopes[at]).toBeCloseTo(shown, 2)
      else expect(Math.abs(slopes[at]! - shown)).toBeLessThan(0.2 * Math.max(1, Math.abs(shown)))
    }
  })
})

test('the loss of a network falls on 20 rows, told epoch by epoch', async () => {
  const epochs: Epoch[] = []
  using _ = await familyOf('mlp').fit(threeCorners(20), mlp, { ...classes, onEpoch: (epoch) => epochs.push(epoch) })
  expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, epoch) => epoch))
  expect(epochs.at(-1)!.loss).toBeLessThan(epochs[0]!.loss / 4)
})

test('logistic regression finds the optimum: the gradient of its loss is zero there', async () => {
  const train = threeCorners(60)
  using fitted = await familyOf('logistic').fit(train, { l2: 0.1 }, classes)
  const scores = fitted.scores(train.inputs, train.rows)
  // At the optimum of an unpenalised bias the mean probability of a class is its share.
  for (const k of [0, 1, 2]) {
    const mean = Array.from({ length: 60 }, (_, row) => scores[row * 3 + k]!).reduce((a, b) => a + b, 0) / 60
    expect(mean).toBeCloseTo(train.targets.filter((target) => target === k).length / 60, 5)
  }
})

test('logistic regression finds the optimum of many categories and classes without a penalty, too', async () => {
  const train = categories({ rows: 600, width: 50, classes: 40 })
  using fitted = await familyOf('logistic').fit(train, { l2: 0 }, { ...classes, outputs: 40 })
  const scores = fitted.scores(train.inputs, train.rows)
  // A column of ones and zeros at the optimum: among its rows the mean probability of a class is its share.
  for (let column = 0; column < train.width; column++) {
    const own = [...train.targets.keys()].filter((row) => train.inputs[row * train.width + column] === 1)
    for (let k = 0; k < 40; k++) {
      const mean = own.reduce((sum, row) => sum + scores[row * 40 + k]!, 0) / own.length
      expect(mean).toBeCloseTo(own.filter((row) => train.targets[row] === k).length / own.length, 2)
    }
  }
})

test('linear regression finds the plane that the values lie on, also with collinear columns', async () => {
  using fitted = await familyOf('linear').fit(plane(50), { l2: 0 }, values)
  const { inputs, targets } = plane(30, 9)
  const scores = fitted.scores(inputs, 30)
  for (const [row, target] of targets.entries()) expect(scores[row]).toBeCloseTo(target, 2)
})

test('a network on the cpu backend is the one on wasm up to rounding', async () => {
  const train = threeCorners(40)
  const fitOne = async (backend: 'cpu' | 'wasm') => {
    using fitted = await familyOf('mlp').fit(train, mlp, { ...classes, epochs: 5, backend })
    return fitted.scores(train.inputs, train.rows)
  }
  const [cpu, wasm] = [await fitOne('cpu'), await fitOne('wasm')]
  for (const [at, score] of cpu.entries()) expect(wasm[at]).toBeCloseTo(score, 3)
})

test('fitting, scoring and disposing leave no tensor behind', async () => {
  await useBackend('wasm')
  const before = tf.memory().numTensors
  {
    using fitted = await familyOf('mlp').fit(threeCorners(20), { ...mlp, l2: 0.01 }, { ...classes, epochs: 2 })
    fitted.scores(threeCorners(20).inputs, 20)
    fitted.gradient?.(threeCorners(20).inputs, 20, 1)
  }
  expect(tf.memory().numTensors).toBe(before)
})

test.each(['mlp', 'logistic'])('TensorFlow.js reads the files of %s as a layers model', async (name) => {
  const train = threeCorners(20)
  const params = name === 'mlp' ? mlp : { l2: 0.01 }
  using fitted = await familyOf(name).fit(train, params, { ...classes, epochs: 2 })
  await useBackend('wasm')
  const { 'model.json': json, 'weights.bin': weights } = fitted.files()
  const { modelTopology, weightsManifest } = JSON.parse(new TextDecoder().decode(json))
  const weightData = weights!.buffer as ArrayBuffer
  const model = await loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0].weights, weightData }),
  )
  const scores = model.predict(tf.tensor2d(train.inputs, [20, train.width])) as tf.Tensor
  const expected = fitted.scores(train.inputs, 20)
  for (const [at, score] of (await scores.data()).entries()) expect(score).toBeCloseTo(expected[at]!, 5)
})

test('files that hold something else are refused by name', async () => {
  using fitted = await familyOf('logistic').fit(threeCorners(20), { l2: 0.01 }, classes)
  const { 'model.json': json, 'weights.bin': weights } = fitted.files()
  const load = (files: Record<string, Uint8Array>) => familyOf('logistic').load(files, { backend: 'wasm' })
  await expect(load({ 'model.json': json! })).rejects.toThrow('weights.bin is not there')
  await expect(load({ 'weights.bin': weights! })).rejects.toThrow('model.json holds no network')
  await expect(load({ 'model.json': json!, 'weights.bin': weights!.subarray(4) })).rejects.toThrow('is shorter than')
})

/** Three classes around three corners of a plane; the third column repeats the first. */
function threeCorners(rows: number, seed = 7): Observations {
  const random = seeded(seed)
  const inputs = new Float32Array(rows * 3)
  const targets = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const target = row % 3
    const x = (target === 1 ? 2 : 0) + random()
    inputs.set([x, (target === 2 ? 2 : 0) + random(), x], row * 3)
    targets[row] = target
  }
  return { inputs, targets, rows, width: 3 }
}

/** 100 + 20·a − 10·b, with a third column that repeats the first. */
function plane(rows: number, seed = 7): Observations {
  const random = seeded(seed)
  const inputs = new Float32Array(rows * 3)
  const targets = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const [a, b] = [random(), random()]
    inputs.set([a, b, a], row * 3)
    targets[row] = 100 + 20 * a - 10 * b
  }
  return { inputs, targets, rows, width: 3 }
}

/** One category a row, one-hot: the columns add up to the constant. Which classes it has depends on the category. */
function categories({ rows, width, classes }: { rows: number; width: number; classes: number }): Observations {
  const random = seeded(5)
  const inputs = new Float32Array(rows * width)
  const targets = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    const category = Math.floor(random() ** 2 * width)
    inputs[row * width + category] = 1
    targets[row] = (category + Math.floor(random() * 6)) % classes
  }
  return { inputs, targets, rows, width }
}
