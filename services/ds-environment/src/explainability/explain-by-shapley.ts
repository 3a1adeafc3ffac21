import { seeded } from '@waymark/model-kit/random'
import { byFeature, type Explained, round } from './explained.ts'
import { groupedShapley } from './grouped-shapley.ts'
import { meanAbsolute, shapleyImportancePlot, shapleyRowsPlot } from './plots/shapley-plots.ts'
import { outputNames, outputOfRow, type Subject, sample } from './subject.ts'

/** What each feature adds to the score of a row. */
export function explainByShapley({ model, rows: all, settings }: Subject): Explained {
  const { shapley } = settings
  const order = sample(all, settings.seed)
  const rows = order.slice(0, shapley.rows)
  // The rows that stand for "not known" are others than the explained ones, as long as there are enough.
  const background = order.toReversed().slice(0, shapley.background_rows)
  const outputs = outputNames(model)
  const encoded = model.encode(rows)
  const explanation = groupedShapley({
    encoded,
    rows: rows.length,
    background: model.encode(background),
    backgroundRows: background.length,
    width: model.width,
    features: model.features,
    scores: model.scores,
    outputs: outputs.length,
    permutations: shapley.permutations,
    random: seeded(settings.seed),
  })
  const scores = model.scores(encoded, rows.length)
  const features = model.features.map(({ feature }) => feature)
  const words = { explanation, rows, features, outputs, outputOf: (row: number) => outputOfRow(model, scores, row) }
  const valueAt = (row: number, feature: number, output: number) =>
    round(explanation.values[(row * features.length + feature) * outputs.length + output] ?? 0)
  return {
    explanations: {
      shapley: {
        method: explanation.method === 'exact' ? 'exact over all coalitions of features' : 'sampled orders of features',
        ...(explanation.permutations ? { permutations: explanation.permutations } : {}),
        background_rows: background.length,
        additivity_error: round(explanation.additivityError),
        base: Object.fromEntries(outputs.map((output, index) => [output, round(explanation.base[index] ?? 0)])),
        rows: rows.map((values, row) => ({
          values,
          predicted: outputs[words.outputOf(row)],
          contributions: outputs.map((output, index) => ({
            output,
            score: round(scores[row * outputs.length + index] ?? 0),
            by_feature: Object.fromEntries(features.map((feature, at) => [feature, valueAt(row, at, index)])),
          })),
        })),
      },
    },
    metrics: {
      shapley_mean_absolute: byFeature(model.features, (_, index) => meanAbsolute(words, { feature: index })),
      shapley_additivity_error: round(explanation.additivityError),
    },
    plots: [shapleyImportancePlot(words), shapleyRowsPlot(words)],
  }
}
