import type { FeatureGroup } from '@waymark/model-kit/model'
import { seeded } from '@waymark/model-kit/random'
import { describe, expect, test } from 'vitest'
import { confusionMatrix } from './confusion-matrix.ts'
import { groupedShapley, type ShapleyQuestion } from './grouped-shapley.ts'
import { integratedGradients } from './integrated-gradients.ts'
import { partialDependence } from './partial-dependence.ts'
import { permutationImportance } from './permutation-importance.ts'

/** Three features in four columns: a number, a category of two, a number. */
const features: readonly FeatureGroup[] = [
  { feature: 'size', from: 0, width: 1 },
  { feature: 'colour', from: 1, width: 2 },
  { feature: 'depth', from: 3, width: 1 },
]
const width = 4
const weights = [2, -1, 3, 0]
const linear = (encoded: Float32Array, rows: number) =>
  Float32Array.from({ length: rows }, (_, row) =>
    weights.reduce((sum, w, i) => sum + w * (encoded[row * width + i] ?? 0), 0),
  )
/** Two outputs, products of features: no closed form, but the values must still add up. */
const curved = (encoded: Float32Array, rows: number) => {
  const out = new Float32Array(rows * 2)
  for (let row = 0; row < rows; row++) {
    const [a = 0, b = 0, c = 0, d = 0] = encoded.subarray(row * width, (row + 1) * width)
    const p = 1 / (1 + Math.exp(-(a * d + b * a - c + d * d)))
    out.set([p, 1 - p], row * 2)
  }
  return out
}
const encoded = Float32Array.from([1, 1, 0, 0.5, -0.5, 0, 1, 2])
const background = Float32Array.from([0, 1, 0, 0, 0.5, 0, 1, -1, -1, 0, 1, 1])

describe('grouped Shapley values', () => {
  const question: ShapleyQuestion = {
    ...{ encoded, rows: 2, background, backgroundRows: 3, width, features, scores: linear, outputs: 1 },
    ...{ permutations: 42, random: seeded(1) },
  }

  test('of a linear model are the weights times the distance from the background mean', () => {
    const { method, values } = groupedShapley(question)
    const mean = [0, 1, 2, 3].map((column) =>
      [0, 1, 2].reduce((sum, row) => sum + (background[row * width + column] ?? 0) / 3, 0),
    )
    const expected = [0, 1].flatMap((row) =>
      features.map((group) => {
        let value = 0
        for (let c = group.from; c < group.from + group.width; c++)
          value += weights[c]! * (encoded[row * width + c]! - mean[c]!)
        return value
      }),
    )
    expect(method).toBe('exact')
    for (const [index, value] of expected.entries()) expect(values[index]).toBeCloseTo(value, 5)
  })

  test('add up to the score, whether exact or sampled, and a sampled explanation says so', () => {
    const exact = groupedShapley({ ...question, scores: curved, outputs: 2 })
    const sampled = groupedShapley({ ...question, scores: curved, outputs: 2, exactUpTo: 2 })
    expect(exact.additivityError).toBeLessThan(1e-6)
    expect(sampled.additivityError).toBeLessThan(1e-6)
    expect(sampled).toMatchObject({ method: 'sampled', permutations: 42 })
    for (const [index, value] of exact.values.entries()) expect(sampled.values[index]).toBeCloseTo(value, 1)
  })

  test('sampled, start from each background row equally often, however few orders are asked for', () => {
    const few = groupedShapley({ ...question, scores: curved, outputs: 2, exactUpTo: 2, permutations: 1 })
    expect(few.permutations).toBe(6) // an order and its reverse from each of three
    expect(few.additivityError).toBeLessThan(1e-6)
  })

  test('a feature the model ignores is worth nothing, and equal partners share a product in halves', () => {
    const product = (rows: Float32Array, n: number) =>
      Float32Array.from({ length: n }, (_, row) => rows[row * width]! * rows[row * width + 3]!)
    const zeros = new Float32Array(width)
    const { values } = groupedShapley({ ...question, background: zeros, backgroundRows: 1, scores: product })
    expect([...values.slice(3)]).toEqual([-0.5, 0, -0.5])
  })
})

describe('integrated gradients', () => {
  const baseline = new Float32Array(width)
  const words = { encoded, rows: 2, width, baseline, features, outputOf: () => 0 }

  test('of a linear model are exact in one step', () => {
    const gradient = (_: Float32Array, rows: number) =>
      Float32Array.from({ length: rows * width }, (_v, i) => weights[i % width]!)
    const found = integratedGradients({ ...words, outputs: 1, scores: linear, gradient, steps: 1 })
    expect([...found.values]).toEqual([2, -1, 0, -1, 3, 0])
    expect(Math.max(...found.completenessErrors)).toBeLessThan(1e-6)
  })

  test('add up to the change of the score, better with more steps', () => {
    const errors = [4, 64].map((steps) => {
      const found = integratedGradients({ ...words, outputs: 2, scores: curved, gradient: slopesOfCurved, steps })
      return Math.max(...found.completenessErrors)
    })
    expect(errors[1]).toBeLessThan(1e-4)
    expect(errors[1]).toBeLessThan(errors[0]! / 10)
  })
})

describe('permutation importance', () => {
  const rows = 200
  const random = seeded(7)
  const many = Float32Array.from({ length: rows * width }, () => random())
  for (let row = 0; row < rows; row++) many.set([row % 2, 1 - (row % 2)], row * width + 1)
  const target = linear(many, rows)
  const quality = (asked: Float32Array) =>
    -linear(asked, rows).reduce((sum, y, row) => sum + (y - target[row]!) ** 2, 0) / rows

  test('a feature the model ignores has none, and the same seed gives the same numbers', () => {
    const ask = () =>
      permutationImportance({ encoded: many, rows, width, features, quality, repeats: 3, random: seeded(3) })
    const { baseline, features: found } = ask()
    expect(baseline).toBeCloseTo(0, 10)
    expect(found.map(({ feature }) => feature)).toEqual(['size', 'colour', 'depth'])
    expect(found[2]).toMatchObject({ mean: 0, sd: 0 })
    expect(found[1]!.mean).toBeGreaterThan(found[0]!.mean)
    expect(ask()).toEqual(ask())
  })

  test('one-hot columns move together: every shuffled row still holds one category', () => {
    const sums = new Set<number>()
    const watching = (asked: Float32Array) => {
      for (let row = 0; row < rows; row++) sums.add(asked[row * width + 1]! + asked[row * width + 2]!)
      return 0
    }
    permutationImportance({ encoded: many, rows, width, features, quality: watching, repeats: 2, random: seeded(3) })
    expect([...sums]).toEqual([1])
  })
})

describe('partial dependence', () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({ size: i, colour: i % 3 === 0 ? 'D' : 'E', depth: null }))
  const predict = (asked: readonly { size?: unknown; colour?: unknown }[]) =>
    Float32Array.from(asked, (row) => Number(row.size) * 2 + (row.colour === 'D' ? 3 : 0))
  const ask = (feature: 'size' | 'colour' | 'depth', points: number) =>
    partialDependence({
      ...{ feature, points, outputs: 1, values: rows.map((row) => row[feature]) },
      scoresWith: (value) => predict(rows.map((row) => ({ ...row, [feature]: value }))),
    })

  test('of a number follows the model between the 5th and the 95th percentile', () => {
    const { kind, grid, mean } = ask('size', 10)
    expect(kind).toBe('numeric')
    expect([grid[0], grid.at(-1), grid.length]).toEqual([5, 94, 10])
    expect(mean[9]![0]! - mean[0]![0]!).toBeCloseTo(2 * (94 - 5), 3)
  })

  test('of a category asks each value, the most frequent first, and counts what it leaves out', () => {
    const all = ask('colour', 10)
    expect(all).toMatchObject({ kind: 'categorical', grid: ['E', 'D'], leftOut: 0 })
    expect(all.mean[1]![0]! - all.mean[0]![0]!).toBeCloseTo(3, 4)
    expect(ask('colour', 1)).toMatchObject({ grid: ['E'], leftOut: 1 })
  })

  test('of a column without any value is empty', () => {
    expect(ask('depth', 5).grid).toEqual([])
  })
})

test('a confusion matrix counts rows by actual, then predicted class', () => {
  expect(confusionMatrix([0, 0, 1, 2], [0, 1, 1, 0], 3)).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 0],
  ])
})

function slopesOfCurved(asked: Float32Array, rows: number, output: number): Float32Array {
  const slopes = new Float32Array(rows * width)
  for (let row = 0; row < rows; row++) {
    const [a = 0, b = 0, , d = 0] = asked.subarray(row * width, (row + 1) * width)
    const p = curved(asked.subarray(row * width, (row + 1) * width), 1)[0]!
    const outer = (output === 0 ? 1 : -1) * p * (1 - p)
    slopes.set(
      [d + b, a, -1, a + 2 * d].map((slope) => slope * outer),
      row * width,
    )
  }
  return slopes
}
