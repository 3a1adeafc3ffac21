import { byFeature, type Explained, round } from './explained.ts'
import { integratedGradients } from './integrated-gradients.ts'
import { integratedGradientsPlot } from './plots/integrated-gradients-plot.ts'
import { outputNames, outputOfRow, type Subject, sample } from './subject.ts'

/** What each feature gathers of the score on the way from the mean row, for the families that have a gradient. */
export function explainByGradients({ model, rows: all, settings }: Subject): Explained {
  const { gradient } = model
  if (!gradient) {
    const why = `the family "${model.family}" has no gradient with respect to its inputs`
    return { explanations: { integrated_gradients: { available: false, why } }, metrics: {}, plots: [] }
  }
  const { steps, rows: count } = settings.integrated_gradients
  const rows = sample(all, settings.seed).slice(0, count)
  const encoded = model.encode(rows)
  const outputs = outputNames(model)
  const scores = model.scores(encoded, rows.length)
  const { values, completenessErrors } = integratedGradients({
    encoded,
    rows: rows.length,
    width: model.width,
    baseline: meanRow(model.encode(all), model.width),
    features: model.features,
    outputs: outputs.length,
    outputOf: (row) => outputOfRow(model, scores, row),
    scores: model.scores,
    gradient,
    steps,
  })
  const valueAt = (row: number, feature: number) => values[row * model.features.length + feature] ?? 0
  const features = model.features.map(({ feature }, index) => ({
    feature,
    meanAbsolute: rows.reduce((sum, _, row) => sum + Math.abs(valueAt(row, index)), 0) / rows.length,
  }))
  const completeness = completenessErrors.reduce((most, error) => Math.max(most, error), 0)
  const ofWhat = model.task === 'classification' ? 'the probability of the predicted class' : model.target
  return {
    explanations: {
      integrated_gradients: {
        available: true,
        baseline: 'mean of the encoded test rows',
        steps,
        largest_completeness_error: round(completeness),
        rows: rows.map((row, at) => ({
          values: row,
          output: outputs[outputOfRow(model, scores, at)],
          completeness_error: round(completenessErrors[at] ?? 0),
          by_feature: byFeature(model.features, (_, index) => valueAt(at, index)),
        })),
      },
    },
    metrics: {
      integrated_gradients_mean_absolute: byFeature(features, ({ meanAbsolute: size }) => size),
      integrated_gradients_completeness_error: round(completeness),
    },
    plots: [integratedGradientsPlot(features, { rows: rows.length, steps, ofWhat, completeness })],
  }
}

function meanRow(encoded: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width)
  for (let at = 0; at < encoded.length; at++) sums[at % width] = (sums[at % width] ?? 0) + (encoded[at] ?? 0)
  return Float32Array.from(sums, (sum) => sum / (encoded.length / width))
}
