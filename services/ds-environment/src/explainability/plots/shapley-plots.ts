import type { Cell, Row } from '@waymark/model-kit/model'
import type { ShapleyExplanation } from '../grouped-shapley.ts'
import type { Plot } from '../plot.ts'
import { accent, classColours, largest, mostClasses, mostFeatures, schema, subtitle } from './marks.ts'

export interface ShapleyWords {
  readonly explanation: ShapleyExplanation
  readonly rows: readonly Row[]
  readonly features: readonly string[]
  /** What each output is the score of: the classes, or the target. */
  readonly outputs: readonly string[]
  /** Which output of a row is its prediction. */
  readonly outputOf: (row: number) => number
}

/** Mean |Shapley value| of each feature, one colour per output. */
export function shapleyImportancePlot(words: ShapleyWords): Plot {
  const { outputs } = words
  const { order, note } = featureOrder(words)
  const perOutput = outputs.map((output, index) => ({ output, index, total: meanAbsolute(words, { output: index }) }))
  const { shown, note: classNote } = largest(perOutput, ({ total }) => total, { most: mostClasses, noun: 'classes' })
  const classes = shown.toSorted((a, b) => a.index - b.index)
  const values = order.flatMap((feature) =>
    classes.map(({ output, index }) => ({
      feature,
      output,
      order: index,
      value: meanAbsolute(words, { output: index, feature: words.features.indexOf(feature) }),
    })),
  )
  const single = outputs.length === 1
  return {
    name: 'shapley_importance',
    spec: {
      $schema: schema,
      title: {
        text: 'Shapley values: which features move the scores',
        subtitle: subtitle(methodWords(words), note, classNote),
      },
      width: 440,
      height: { step: 24 },
      data: { values },
      mark: { type: 'bar', ...(single ? { color: accent } : {}) },
      encoding: {
        y: { field: 'feature', type: 'nominal', sort: order, title: null },
        x: {
          field: 'value',
          type: 'quantitative',
          title: single
            ? `mean |change of ${outputs[0]}|`
            : 'mean |change of the class probability|, summed over the classes',
        },
        ...(single
          ? {}
          : {
              color: {
                field: 'output',
                type: 'nominal',
                title: 'class',
                scale: { domain: classes.map(({ output }) => output), range: classColours },
              },
              order: { field: 'order' },
            }),
      },
    },
  }
}

/** Each explained row as a dot: how far each feature moved the score of what was predicted. */
export function shapleyRowsPlot(words: ShapleyWords): Plot {
  const { explanation, rows, features, outputs, outputOf } = words
  const { order, note } = featureOrder(words)
  const values = order.flatMap((feature) => {
    const index = features.indexOf(feature)
    const rank = ranks(rows.map((row) => row[feature] ?? null))
    return rows.map((row, at) => ({
      feature,
      value: row[feature] ?? null,
      rank: rank[at],
      contribution: explanation.values[(at * features.length + index) * outputs.length + outputOf(at)] ?? 0,
      offset: spread(at),
    }))
  })
  const ofWhat = outputs.length === 1 ? outputs[0] : 'the probability of the predicted class'
  return {
    name: 'shapley_rows',
    spec: {
      $schema: schema,
      title: {
        text: 'Shapley values: row by row',
        subtitle: subtitle(methodWords(words), 'grey: a category or a missing value', note),
      },
      width: 440,
      height: { step: 30 },
      data: { values },
      encoding: {
        y: { field: 'feature', type: 'nominal', sort: order, title: null, axis: { grid: true } },
        yOffset: { field: 'offset', type: 'quantitative', scale: { domain: [0, 1] } },
        x: { field: 'contribution', type: 'quantitative', title: `change of ${ofWhat}` },
      },
      layer: [
        { transform: [{ filter: 'datum.rank === null' }], mark: { ...dot, color: '#8a8a8a' } },
        {
          transform: [{ filter: 'datum.rank !== null' }],
          mark: dot,
          encoding: {
            color: {
              field: 'rank',
              type: 'quantitative',
              scale: { domain: [0, 1], range: ['#2166ac', '#b2abd2', '#b2182b'] },
              legend: {
                title: 'feature value',
                values: [0, 1],
                labelExpr: "datum.value === 0 ? 'low' : 'high'",
                gradientLength: 90,
              },
            },
          },
        },
      ],
    },
  }
}

const dot = { type: 'circle', size: 22, opacity: 0.75 } as const

/** @returns mean over the rows of |value|, of one feature or summed over all, of one output or summed over all. */
export function meanAbsolute(
  { explanation, rows, features, outputs }: Pick<ShapleyWords, 'explanation' | 'rows' | 'features' | 'outputs'>,
  only: { feature?: number; output?: number },
): number {
  let sum = 0
  for (let row = 0; row < rows.length; row++) {
    for (let feature = 0; feature < features.length; feature++) {
      if (only.feature !== undefined && feature !== only.feature) continue
      for (let output = 0; output < outputs.length; output++) {
        if (only.output !== undefined && output !== only.output) continue
        sum += Math.abs(explanation.values[(row * features.length + feature) * outputs.length + output] ?? 0)
      }
    }
  }
  return sum / rows.length
}

function featureOrder(words: ShapleyWords): { order: string[]; note: string } {
  const sized = words.features.map((feature, index) => ({ feature, size: meanAbsolute(words, { feature: index }) }))
  const { shown, note } = largest(sized, ({ size }) => size, { most: mostFeatures, noun: 'features' })
  return { order: shown.map(({ feature }) => feature), note }
}

function methodWords({ explanation, rows }: ShapleyWords): string {
  const method = explanation.method === 'exact' ? 'exact' : `SAMPLED, ${explanation.permutations} orders per row`
  return `${method} · ${rows.length} test rows`
}

/** Rank of each number among the numbers, 0–1; null for what is no number. */
function ranks(values: readonly Cell[]): (number | null)[] {
  const sorted = values.filter((value) => typeof value === 'number').sort((a, b) => a - b)
  if (sorted.length < 2 || sorted[0] === sorted.at(-1)) return values.map(() => null)
  return values.map((value) => (typeof value === 'number' ? sorted.indexOf(value) / (sorted.length - 1) : null))
}

/** Steps of the golden ratio: neighbours lie far apart, and every drawing is the same. */
function spread(index: number): number {
  return (0.5 + index * 0.618033988749895) % 1
}
