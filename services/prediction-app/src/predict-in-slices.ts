import { setImmediate } from 'node:timers/promises'
import type { Model, Row } from '@waymark/model-kit/model'
import { type Prediction, predictRows } from '@waymark/model-kit/predict'

/** Some milliseconds of work: between two slices other requests, /ping above all, get their turn. */
const rowsPerSlice = 2000

/**
 * @returns the predictions as the inside of a JSON list, and how many values were NaN or infinite (JSON has no word for
 *   those; they are null).
 */
export async function predictInSlices(
  model: Model,
  rows: readonly Row[],
): Promise<{ json: string; nonFinite: number }> {
  const parts: string[] = []
  let nonFinite = 0
  for (let from = 0; from < rows.length; from += rowsPerSlice) {
    if (from > 0) await setImmediate()
    const predictions = predictRows(model, rows.slice(from, from + rowsPerSlice)).map((prediction) => {
      const odd = countNonFinite(prediction)
      nonFinite += odd
      // The best of scores that are no numbers is no class.
      return odd > 0 ? { ...prediction, prediction: null } : prediction
    })
    parts.push(JSON.stringify(predictions).slice(1, -1))
  }
  return { json: parts.join(','), nonFinite }
}

function countNonFinite(prediction: Prediction): number {
  let count = 0
  for (const column in prediction) {
    const value = prediction[column]
    if (typeof value === 'number' && !Number.isFinite(value)) count++
  }
  return count
}
