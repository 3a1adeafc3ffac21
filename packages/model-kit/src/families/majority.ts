import { z } from 'zod'
import { ModelFileError } from '../model-file-error.ts'
import type { Family, Fitted } from './family.ts'

const Kept = z.object({ format: z.literal('waymark-majority'), scores: z.array(z.number()).min(1) })

/** The baseline that looks at no feature: the shares of the classes, or the mean of the target. */
export const majority: Family = {
  name: 'majority',
  tasks: ['classification', 'regression'],
  learnsInEpochs: false,
  async fit(train, _params, { task, outputs, onEpoch }) {
    const scores = task === 'classification' ? shares(train.targets, outputs) : [mean(train.targets)]
    const fitted = constant(scores)
    onEpoch?.({ epoch: 0, loss: lossOf(train.targets, scores, task), model: fitted })
    return fitted
  },
  async load(files) {
    const text = new TextDecoder().decode(files['model.json'])
    try {
      return constant(Kept.parse(JSON.parse(text)).scores)
    } catch (cause) {
      throw new ModelFileError('model.json holds no majority model', { cause })
    }
  },
}

function constant(values: readonly number[]): Fitted {
  return {
    scores(_inputs, rows) {
      const scores = new Float32Array(rows * values.length)
      for (let row = 0; row < rows; row++) scores.set(values, row * values.length)
      return scores
    },
    files() {
      const text = `${JSON.stringify({ format: 'waymark-majority', scores: values })}\n`
      return { 'model.json': new TextEncoder().encode(text) }
    },
    [Symbol.dispose]() {},
  }
}

function shares(targets: Float64Array, outputs: number): number[] {
  const counts = new Array<number>(outputs).fill(0)
  for (const target of targets) counts[target] = (counts[target] ?? 0) + 1
  return counts.map((count) => count / targets.length)
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function lossOf(targets: Float64Array, scores: readonly number[], task: string): number {
  const single = (target: number) =>
    task === 'classification' ? -Math.log(scores[target] ?? 0) : (target - (scores[0] ?? 0)) ** 2
  return targets.reduce((sum, target) => sum + single(target), 0) / targets.length
}
