import type { Plot } from '../plot.ts'
import { accent, schema, titled } from './marks.ts'

/** Points in a picture: more hide each other. */
const mostPoints = 1000

/** Predicted against actual values of a regression; on the line a prediction is right. */
export function predictedActualPlot(actual: Float64Array, predicted: Float32Array, words: { target: string }): Plot {
  const every = Math.max(1, Math.ceil(actual.length / mostPoints))
  const values: { actual: number; predicted: number }[] = []
  for (let row = 0; row < actual.length; row += every)
    values.push({ actual: actual[row] ?? 0, predicted: predicted[row] ?? 0 })
  const all = values.flatMap((value) => [value.actual, value.predicted])
  const [low, high] = [Math.min(...all), Math.max(...all)]
  const scale = { zero: false, domain: [low, high] }
  return {
    name: 'predicted_actual',
    spec: {
      $schema: schema,
      title: {
        text: `Predicted against actual ${titled(words.target)}`,
        subtitle: `${values.length} of ${actual.length} test rows shown`,
      },
      width: 340,
      height: 340,
      layer: [
        {
          data: { values: [low, high].map((value) => ({ actual: value, predicted: value })) },
          mark: { type: 'line', color: '#999', strokeDash: [4, 4] },
          encoding: { x: { field: 'actual', type: 'quantitative' }, y: { field: 'predicted', type: 'quantitative' } },
        },
        {
          data: { values },
          mark: { type: 'circle', size: 14, opacity: 0.5, color: accent },
          encoding: {
            x: { field: 'actual', type: 'quantitative', title: `actual ${titled(words.target)}`, scale },
            y: { field: 'predicted', type: 'quantitative', title: `predicted ${titled(words.target)}`, scale },
          },
        },
      ],
    },
  }
}
