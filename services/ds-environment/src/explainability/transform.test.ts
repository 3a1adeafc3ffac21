import { familyOf } from '@waymark/model-kit/families/families'
import type { Model, Row } from '@waymark/model-kit/model'
import { encodeRows, fitEncoding } from '@waymark/model-kit/row-encoder'
import { trainedModel } from '@waymark/model-kit/trained-model'
import { Explainability } from '@waymark/settings/explainability'
import { expect, test } from 'vitest'
import { drawable, drawPng } from './plot.ts'
import { confusionMatrixPlot } from './plots/confusion-matrix-plot.ts'
import { partialDependencePlot } from './plots/partial-dependence-plot.ts'
import type { Subject } from './subject.ts'
import { explain } from './transform.ts'

const settings = Explainability.parse({
  permutation: { repeats: 2 },
  shapley: { rows: 8, background_rows: 6, permutations: 12 },
  partial_dependence: { rows: 20, points: 4 },
  integrated_gradients: { rows: 8, steps: 20 },
})

test('a classifier is explained by four methods that agree with its scores, and the same seed gives the same', async () => {
  using model = await fitted('logistic', 'classification')
  const subject = subjectOf(model)
  const found = explain(subject)
  expect(Object.keys(found.explanations)).toEqual([
    ...['model', 'confusion_matrix', 'permutation_importance', 'shapley', 'partial_dependence', 'integrated_gradients'],
  ])
  expect(found.explanations['shapley']).toMatchObject({ method: expect.stringContaining('exact') })
  expect(found.metrics['shapley_additivity_error']).toBeLessThan(1e-6)
  expect(found.metrics['integrated_gradients_completeness_error']).toBeLessThan(0.05)
  // `x` decides the class; `noise` says nothing about it.
  for (const name of ['permutation_importance', 'shapley_mean_absolute', 'integrated_gradients_mean_absolute']) {
    const sizes = found.metrics[name] as Record<string, number> // by feature
    expect(sizes['x']).toBeGreaterThan(10 * Math.abs(sizes['noise'] ?? Number.NaN))
  }
  expect(explain(subject)).toEqual(found)
})

test('more than ten features are sampled, and the numbers and the pictures say so', async () => {
  using model = await fitted('logistic', 'classification', 11)
  const { explanations, plots, metrics } = explain(subjectOf(model))
  expect(explanations['shapley']).toMatchObject({ method: 'sampled orders of features', permutations: 12 })
  expect(metrics['shapley_additivity_error']).toBeLessThan(1e-6)
  const shapley = plots.filter(({ name }) => name.startsWith('shapley'))
  for (const { spec } of shapley) expect(JSON.stringify(spec.title)).toContain('SAMPLED, 12 orders per row')
})

test('a hundred features and two hundred classes are explained, too', async () => {
  const classes = Array.from({ length: 200 }, (_, index) => `class ${index}`)
  using model = await fitted('majority', 'classification', 100, classes)
  const subject = { ...subjectOf(model), settings: { ...settings, partial_dependence: { rows: 20, points: 20 } } }
  expect(explain(subject).explanations['partial_dependence']).toMatchObject({ features: { length: 100 } })
})

test('a regression is explained in the unit of its target', async () => {
  using model = await fitted('linear', 'regression')
  const { explanations, plots } = explain(subjectOf(model))
  expect(explanations['permutation_importance']).toMatchObject({ quality: 'r2' })
  expect(plots.map(({ name }) => name)).toContain('predicted_actual')
  const spans = plots.flatMap(({ name, spec }) =>
    name.startsWith('partial') ? [JSON.stringify(spec).match(/"domain":\[[^\]]*\]/)?.[0]] : [],
  )
  expect(new Set(spans).size).toBe(1) // a small dependence looks small
  expect(spans[0]).toBeDefined()
})

test('a family without a gradient says so instead of integrated gradients', async () => {
  using model = await fitted('majority', 'classification')
  const { explanations, plots } = explain(subjectOf(model))
  expect(explanations['integrated_gradients']).toEqual({ available: false, why: expect.stringContaining('majority') })
  expect(plots.map(({ name }) => name)).not.toContain('integrated_gradients')
})

test('every plot is drawn, with its words, to the same bytes', async () => {
  using model = await fitted('logistic', 'classification')
  const { plots } = explain(subjectOf(model))
  for (const { spec } of plots) expect(await drawPng(spec)).toEqual(await drawPng(spec))
  const [{ spec } = { spec: undefined }] = plots
  if (!spec) throw new Error('there is no plot')
  const titled = await drawPng(spec)
  const blank = await drawPng({ ...spec, title: { text: ' ', subtitle: ' ' } })
  expect(titled.length).toBeGreaterThan(blank.length + 1000)
})

test('of very many classes the confusion matrix shows those with the most rows, and says so', () => {
  const classes = Array.from({ length: 200 }, (_, index) => `class ${index}`)
  const counts = classes.map((_, actual) => classes.map((_value, predicted) => (actual === predicted ? actual : 0)))
  const { spec } = confusionMatrixPlot(counts, { classes, target: 'y' })
  const text = JSON.stringify(spec)
  expect(text).toContain('19900 of 19900 test rows right · colour: share of the actual class · 30 of 200 classes shown')
  expect([text.includes('"class 170"'), text.includes('"class 169"')]).toEqual([true, false])
})

test.each([
  ['as long as a question', 'Wie zufrieden sind Sie? '.repeat(20)],
  ['in letters of more bytes', 'прогноз '.repeat(12)],
  ['with a line break and a backslash', 'two\nlines \\b'],
  ['as what every object has', 'constructor'],
])('a name %s is drawn, in a picture no wider than others and a file that can be written', async (_what, name) => {
  const found = { feature: name, kind: 'categorical', grid: [name, 'b'], leftOut: 0, mean: [[1], [2]] } as const
  const plot = partialDependencePlot(found, { outputs: [name], target: name, rows: 3 })
  expect(Buffer.byteLength(`${plot.name}.vl.json.12345.part`)).toBeLessThan(256)
  const png = Buffer.from(await drawPng(drawable(plot.spec)))
  expect(png.readUInt32BE(16)).toBeLessThan(1400) // pixels: the width that a PNG's header has
})

function rowsOf(extra: number): Row[] {
  return Array.from({ length: 60 }, (_, i) => ({
    ...{ x: i, colour: i < 30 ? 'D' : 'E', noise: (i * 37) % 11 },
    ...Object.fromEntries(Array.from({ length: extra }, (_value, k) => [`more${k}`, (i * (k + 3)) % 7])),
  }))
}

function subjectOf(model: Model): Subject {
  const rows = rowsOf(model.features.length - 3)
  const targets = Float64Array.from(rows, ({ x }) =>
    model.task === 'regression' ? 3 * Number(x) : Number(Number(x) >= 30),
  )
  return { model, rows, targets, settings }
}

async function fitted(
  family: string,
  task: Model['task'],
  features = 3,
  classes = task === 'regression' ? [] : ['small', 'large'],
): Promise<Model> {
  const rows = rowsOf(features - 3)
  const more = Object.fromEntries(Array.from({ length: features - 3 }, (_, k) => [`more${k}`, 'numeric' as const]))
  const encoding = fitEncoding(
    rows,
    { x: 'numeric', colour: 'categorical', noise: 'numeric', ...more },
    { maxCategories: 5 },
  )
  const inputs = encodeRows(encoding, rows)
  const targets = Float64Array.from(rows, ({ x }) => (task === 'regression' ? 3 * Number(x) : Number(Number(x) >= 30)))
  const train = { inputs, targets, rows: rows.length, width: inputs.length / rows.length }
  const options = { task, outputs: classes.length || 1, seed: 1, epochs: 1, backend: 'wasm' } as const
  const weights = await familyOf(family).fit(train, { l2: 1e-2 }, options)
  return trainedModel({ task, target: 'size', classes, family, encoding, fitted: weights })
}
