import { argMax } from './predict.ts'

/** Names of metrics without the name of a split. */
export type Metrics = Readonly<Record<string, number>>

/**
 * How good scores are, by the definitions of scikit-learn (accuracy_score, log_loss, f1_score with macro average;
 * root_mean_squared_error, mean_absolute_error, r2_score).
 * @param scores [rows, outputs], as of `Model.scores`
 * @param targets [rows]: class index, or value
 */
export function evaluate(task: 'classification' | 'regression', scores: Float32Array, targets: Float64Array): Metrics {
  return task === 'classification' ? ofClasses(scores, targets) : ofValues(scores, targets)
}

function ofClasses(scores: Float32Array, targets: Float64Array): Metrics {
  const rows = targets.length
  const classes = scores.length / rows
  const right = new Float64Array(classes)
  const predicted = new Float64Array(classes)
  const actual = new Float64Array(classes)
  let loss = 0
  for (let row = 0; row < rows; row++) {
    const probabilities = scores.subarray(row * classes, (row + 1) * classes)
    const target = targets[row] as number
    const guess = argMax(probabilities)
    ;(predicted[guess] as number)++
    ;(actual[target] as number)++
    if (guess === target) (right[target] as number)++
    loss -= Math.log(Math.max(probabilities[target] as number, 1e-15))
  }
  // A model that has diverged predicts no class, whatever class stands first.
  if (Number.isNaN(loss)) return { accuracy: Number.NaN, log_loss: Number.NaN, macro_f1: Number.NaN }
  const present = [...actual.keys()].filter((k) => (actual[k] as number) + (predicted[k] as number) > 0)
  const f1 = present.map((k) => (2 * (right[k] as number)) / ((actual[k] as number) + (predicted[k] as number)))
  return {
    accuracy: sum(right) / rows,
    log_loss: loss / rows,
    macro_f1: sum(f1) / f1.length,
  }
}

function ofValues(scores: Float32Array, targets: Float64Array): Metrics {
  const rows = targets.length
  const mean = sum(targets) / rows
  let squares = 0
  let absolutes = 0
  let spread = 0
  for (let row = 0; row < rows; row++) {
    const target = targets[row] as number
    const error = target - (scores[row] as number)
    squares += error * error
    absolutes += Math.abs(error)
    spread += (target - mean) ** 2
  }
  // scikit-learn: without spread, 1 for a perfect prediction and else 0.
  const r2 = spread > 0 ? 1 - squares / spread : squares === 0 ? 1 : 0
  return { rmse: Math.sqrt(squares / rows), mae: absolutes / rows, r2 }
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
