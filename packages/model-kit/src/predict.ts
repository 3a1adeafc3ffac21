import type { Cell, Model, Row } from './model.ts'
import type { ColumnSpec } from './signature.ts'

/** One prediction by output column: `prediction`, and for classification `probability_<class>` of each class. */
export type Prediction = Readonly<Record<string, Cell>>

/** @returns the columns of a prediction. */
export function outputColumns(task: Model['task'], classes: readonly string[]): ColumnSpec[] {
  if (task === 'regression') return [{ name: 'prediction', type: 'double', required: true }]
  return [
    { name: 'prediction', type: 'string', required: true },
    ...classes.map((name) => ({ name: probabilityColumn(name), type: 'double', required: true }) as const),
  ]
}

/** @returns a prediction for each row; ties between classes go to the first of them. */
export function predictRows(model: Model, rows: readonly Row[]): Prediction[] {
  if (rows.length === 0) return []
  return predictionsOf(model, model.scores(model.encode(rows), rows.length), rows.length)
}

/** @param scores as from `model.scores` */
export function predictionsOf(model: Model, scores: Float32Array, rows: number): Prediction[] {
  if (model.task === 'regression') return Array.from({ length: rows }, (_, row) => ({ prediction: scores[row] ?? 0 }))
  const { classes } = model
  const columns = classes.map(probabilityColumn)
  return Array.from({ length: rows }, (_, row) => {
    const probabilities = scores.subarray(row * classes.length, (row + 1) * classes.length)
    const prediction: Record<string, Cell> = { prediction: classes[argMax(probabilities)] ?? null }
    for (const [index, column] of columns.entries()) prediction[column] = probabilities[index] ?? 0
    return prediction
  })
}

/** @returns the index of the largest value, the first of equals. */
export function argMax(values: Float32Array): number {
  let best = 0
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? 0) > (values[best] ?? 0)) best = index
  }
  return best
}

function probabilityColumn(name: string): string {
  return `probability_${name}`
}
