import type { Model, Row } from '@waymark/model-kit/model'

/**
 * A model with a column of each type, whose scores can be told by heart: high is 0.25, and +0.5 above one carat, +0.125 for
 * an Ideal cut, +0.0625 when certified, +0.03125 for the zip 02134. A cut of "bottomless" scores NaN.
 */
export function toyModel(words: { onDispose?: () => void; extra?: number } = {}): Model {
  return {
    task: 'classification',
    target: 'price',
    classes: ['low', 'high'],
    family: 'toy',
    signature: {
      inputs: [
        { name: 'carat', type: 'double', required: true },
        { name: 'cut', type: 'string', required: true },
        { name: 'zip', type: 'string', required: false },
        { name: 'certified', type: 'boolean', required: false },
        { name: 'stones', type: 'long', required: false },
      ],
      outputs: [
        { name: 'prediction', type: 'string', required: true },
        { name: 'probability_low', type: 'double', required: true },
        { name: 'probability_high', type: 'double', required: true },
      ],
    },
    features: [{ feature: 'all', from: 0, width: 1 }],
    width: 1,
    encode: (rows) => Float32Array.from(rows, (row) => 0.25 + shareOf(row) + (words.extra ?? 0)),
    scores: (encoded) => Float32Array.from([...encoded].flatMap((high) => [1 - high, high])),
    [Symbol.dispose]: () => words.onDispose?.(),
  }
}

function shareOf(row: Row): number {
  if (row['cut'] === 'bottomless') return Number.NaN
  const parts = [
    Number(row['carat'] ?? 0) > 1 ? 0.5 : 0,
    row['cut'] === 'Ideal' ? 0.125 : 0,
    row['certified'] === true ? 0.0625 : 0,
    row['zip'] === '02134' ? 0.03125 : 0,
  ]
  return parts.reduce((sum, part) => sum + part, 0)
}
