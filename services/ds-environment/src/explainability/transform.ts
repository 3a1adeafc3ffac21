import { evaluate } from '@waymark/model-kit/evaluate'
import type { Model, Row } from '@waymark/model-kit/model'
import { argMax } from '@waymark/model-kit/predict'
import { seeded, shuffle } from '@waymark/model-kit/random'
import type { ExplainabilitySettings } from '@waymark/settings/explainability'
import { confusionMatrix } from './confusion-matrix.ts'
import { groupedShapley } from './grouped-shapley.ts'
import { integratedGradients } from './integrated-gradients.ts'
import { partialDependence } from './partial-dependence.ts'
import { permutationImportance } from './permutation-importance.ts'
import { drawable, type Plot } from './plot.ts'
import { confusionMatrixPlot } from './plots/confusion-matrix-plot.ts'
import { integratedGradientsPlot } from './plots/integrated-gradients-plot.ts'
import { partialDependencePlot } from './plots/partial-dependence-plot.ts'
import { permutationImportancePlot } from './plots/permutation-importance-plot.ts'
import { predictedActualPlot } from './plots/predicted-actual-plot.ts'
import { meanAbsolute, shapleyImportancePlot, shapleyRowsPlot } from './plots/shapley-plots.ts'

export interface Explained {
  /** One explanation's part of explanations.json, under its name. */
  readonly explanations: Readonly<Record<string, unknown>>
  /** Its part of metrics.json. */
  readonly metrics: Readonly<Record<string, number | Readonly<Record<string, number>>>>
  readonly plots: readonly Plot[]
}

/** A model, the rows that nothing was fitted on, and what is true of them. */
export interface Subject {
  readonly model: Model
  readonly rows: readonly Row[]
  /** [rows]: the class index, or the value in the target's unit. */
  readonly targets: Float64Array
  readonly settings: ExplainabilitySettings
}

/** All explanations of a model; the same subject gives the same numbers. */
export function explain(subject: Subject): Explained {
  const parts = [
    explainQuality(subject),
    explainByPermutation(subject),
    explainByShapley(subject),
    explainByDependence(subject),
    explainByGradients(subject),
  ]
  return {
    explanations: Object.assign({}, ...parts.map(({ explanations }) => explanations)),
    metrics: Object.assign({}, ...parts.map(({ metrics }) => metrics)),
    plots: parts.flatMap(({ plots }) => plots.map(({ name, spec }) => ({ name, spec: drawable(spec) }))),
  }
}

function explainQuality({ model, rows, targets }: Subject): Explained {
  const scores = model.scores(model.encode(rows), rows.length)
  const { task, classes, target, family } = model
  const about = { family, task, target, test_rows: rows.length }
  if (task === 'regression') {
    return { explanations: { model: about }, metrics: {}, plots: [predictedActualPlot(targets, scores, { target })] }
  }
  const predicted = Uint32Array.from(rows, (_, row) => outputOfRow(model, scores, row))
  const counts = confusionMatrix(targets, predicted, classes.length)
  return {
    explanations: { model: about, confusion_matrix: { classes, counts } },
    metrics: {},
    plots: [confusionMatrixPlot(counts, { classes, target })],
  }
}

function explainByPermutation({ model, rows, targets, settings }: Subject): Explained {
  const quality = model.task === 'classification' ? 'accuracy' : 'r2'
  const { repeats } = settings.permutation
  const found = permutationImportance({
    encoded: model.encode(rows),
    rows: rows.length,
    width: model.width,
    features: model.features,
    quality: (encoded) => evaluate(model.task, model.scores(encoded, rows.length), targets)[quality] ?? Number.NaN,
    repeats,
    random: seeded(settings.seed),
  })
  const features = found.features.map(({ feature, mean, sd, drops }) => ({
    feature,
    mean: round(mean),
    sd: round(sd),
    drops: drops.map(round),
  }))
  return {
    explanations: { permutation_importance: { quality, baseline: round(found.baseline), repeats, features } },
    metrics: { permutation_importance: byFeature(found.features, ({ mean }) => mean) },
    plots: [permutationImportancePlot(found, { quality, repeats })],
  }
}

function explainByShapley({ model, rows: all, settings }: Subject): Explained {
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

function explainByDependence({ model, rows: all, settings }: Subject): Explained {
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

function explainByGradients({ model, rows: all, settings }: Subject): Explained {
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
  const completeness = Math.max(...completenessErrors)
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

/** @returns the rows in a seeded random order; each explanation takes as many as it is told to from the front. */
function sample(rows: readonly Row[], seed: number): Row[] {
  return shuffle([...rows], seeded(seed))
}

function outputNames({ task, classes, target }: Model): readonly string[] {
  return task === 'classification' ? classes : [target]
}

function outputOfRow({ task, classes }: Model, scores: Float32Array, row: number): number {
  return task === 'classification' ? argMax(scores.subarray(row * classes.length, (row + 1) * classes.length)) : 0
}

function meanRow(encoded: Float32Array, width: number): Float32Array {
  const sums = new Float64Array(width)
  for (let at = 0; at < encoded.length; at++) sums[at % width] = (sums[at % width] ?? 0) + (encoded[at] ?? 0)
  return Float32Array.from(sums, (sum) => sum / (encoded.length / width))
}

function byFeature<Item extends { readonly feature: string }>(
  items: readonly Item[],
  value: (item: Item, index: number) => number,
): Record<string, number> {
  return Object.fromEntries(items.map((item, index) => [item.feature, round(value(item, index))]))
}

/** Six digits: what float32 arithmetic can stand for. */
function round(value: number): number {
  return Number(value.toPrecision(6))
}
