import { type Explained, round } from './explained.ts'
import { partialDependence } from './partial-dependence.ts'
import { partialDependencePlot } from './plots/partial-dependence-plot.ts'
import { outputNames, type Subject, sample } from './subject.ts'

/** How the mean score goes with the value of each feature. */
export function explainByDependence({ model, rows: all, settings }: Subject): Explained {
  const { rows: count, points } = settings.partial_dependence
  const rows = sample(all, settings.seed).slice(0, count)
  const outputs = outputNames(model)
  const encoded = model.encode(rows)
  const found = model.features.map((group) => {
    const asked = encoded.slice()
    const values = rows.map((row) => row[group.feature] ?? null)
    return partialDependence({
      ...{ feature: group.feature, values, outputs: outputs.length, points },
      // The value goes through the encoder once: a category moves all its one-hot columns, a number is scaled, as when served.
      scoresWith(value) {
        const own = model.encode([{ [group.feature]: value }]).subarray(group.from, group.from + group.width)
        for (let row = 0; row < rows.length; row++) asked.set(own, row * model.width + group.from)
        return model.scores(asked, rows.length)
      },
    })
  })
  // Of many features and classes they are more than a call takes as arguments.
  const means = Float64Array.from(found.flatMap(({ mean }) => mean.flat())).sort()
  const [low = 0, high = 0] = [means[0], means.at(-1)]
  const span = low < high ? { span: [low, high] as const } : {}
  const features = found.map(({ mean, leftOut, ...rest }) => ({
    ...rest,
    values_left_out: leftOut,
    mean: mean.map((scores) => scores.map(round)),
  }))
  return {
    explanations: { partial_dependence: { rows: rows.length, outputs, features } },
    metrics: {},
    plots: found
      .filter(({ grid }) => grid.length > 0)
      .map((one) => partialDependencePlot(one, { outputs, target: model.target, rows: rows.length, ...span })),
  }
}
