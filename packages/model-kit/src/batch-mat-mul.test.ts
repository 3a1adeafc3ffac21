import '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { transposeBeforeMatMul } from './batch-mat-mul.ts'
import { seeded } from './random.ts'

test.each([
  [[5, 7], [7, 3], false, false],
  [[7, 5], [7, 3], true, false],
  [[5, 7], [3, 7], false, true],
  [[7, 5], [3, 7], true, true],
  [[4, 7, 5], [4, 3, 7], true, true],
  [[4, 7, 5], [1, 7, 3], true, false],
])('%o · %o, transposed %s and %s, is the plain product, and leaves nothing behind', async (a, b, flipA, flipB) => {
  await tf.setBackend('wasm')
  transposeBeforeMatMul()
  transposeBeforeMatMul()
  const random = seeded(1)
  const numbers = (shape: number[]) =>
    tf.tensor(Float32Array.from({ length: tf.util.sizeFromShape(shape) }, random), shape)
  const [x, y] = [numbers(a), numbers(b)]
  const before = tf.memory().numDataBuffers
  const product = tf.matMul(x, y, flipA, flipB)
  expect(tf.memory().numDataBuffers).toBe(before + 1)
  const plain = (t: tf.Tensor, flip: boolean) => (flip ? tf.transpose(t, t.rank === 2 ? [1, 0] : [0, 2, 1]) : t)
  const expected = tf.matMul(plain(x, flipA), plain(y, flipB))
  expect(product.shape).toEqual(expected.shape)
  for (const [at, value] of product.dataSync().entries()) expect(value).toBeCloseTo(expected.dataSync()[at]!, 5)
})
