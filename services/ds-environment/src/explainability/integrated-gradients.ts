import type { FeatureGroup } from '@waymark/model-kit/model'

export interface IntegratedGradients {
  /** [rows, features]: the share of each feature in score(row) − score(baseline) of the row's output. */
  readonly values: Float64Array
  /** Per row: |sum of the values − (score(row) − score(baseline))|. */
  readonly completenessErrors: Float64Array
}

/**
 * Integrated gradients on the straight way from one baseline to each row, midpoint rule, one-hot columns of a feature
 * added up. Completeness (the values add up to the change of the score) holds up to the error of the rule, which is
 * reported. Source: Sundararajan, Taly and Yan (2017), "Axiomatic Attribution for Deep Networks".
 * @param outputOf which score of a row is explained
 * @param gradient d scores[:, output] / d encoded, [rows, width]
 */
export function integratedGradients({
  encoded,
  rows,
  width,
  baseline,
  features,
  outputs,
  outputOf,
  scores,
  gradient,
  steps,
}: {
  readonly encoded: Float32Array
  readonly rows: number
  readonly width: number
  readonly baseline: Float32Array
  readonly features: readonly FeatureGroup[]
  readonly outputs: number
  readonly outputOf: (row: number) => number
  readonly scores: (encoded: Float32Array, rows: number) => Float32Array
  readonly gradient: (encoded: Float32Array, rows: number, output: number) => Float32Array
  readonly steps: number
}): IntegratedGradients {
  const values = new Float64Array(rows * features.length)
  const completenessErrors = new Float64Array(rows)
  const ends = scores(encoded, rows)
  const start = scores(baseline, 1)
  for (let row = 0; row < rows; row++) {
    const output = outputOf(row)
    const x = encoded.subarray(row * width, (row + 1) * width)
    const slopes = gradient(midpoints({ baseline, x, steps }), steps, output)
    let sum = 0
    features.forEach((group, index) => {
      let value = 0
      for (let column = group.from; column < group.from + group.width; column++) {
        let slope = 0
        for (let step = 0; step < steps; step++) slope += slopes[step * width + column] ?? 0
        value += (((x[column] ?? 0) - (baseline[column] ?? 0)) * slope) / steps
      }
      values[row * features.length + index] = value
      sum += value
    })
    completenessErrors[row] = Math.abs(sum - ((ends[row * outputs + output] ?? 0) - (start[output] ?? 0)))
  }
  return { values, completenessErrors }
}

/** @returns baseline + (step + ½) / steps · (x − baseline), [steps, width] */
function midpoints({ baseline, x, steps }: { baseline: Float32Array; x: Float32Array; steps: number }): Float32Array {
  const width = x.length
  const way = new Float32Array(steps * width)
  for (let step = 0; step < steps; step++) {
    const share = (step + 0.5) / steps
    for (let column = 0; column < width; column++) {
      const from = baseline[column] ?? 0
      way[step * width + column] = from + share * ((x[column] ?? 0) - from)
    }
  }
  return way
}
