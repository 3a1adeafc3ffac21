import type { Plot } from '../plot.ts'
import { accent, largest, mostFeatures, schema, subtitle } from './marks.ts'

/** Bars of the mean |attribution| of each feature, the largest on top. */
export function integratedGradientsPlot(
  features: readonly { readonly feature: string; readonly meanAbsolute: number }[],
  words: { rows: number; steps: number; ofWhat: string; completeness: number },
): Plot {
  const { shown, note } = largest(features, ({ meanAbsolute }) => meanAbsolute, {
    most: mostFeatures,
    noun: 'features',
  })
  const error = `completeness error at most ${words.completeness.toPrecision(2)}`
  return {
    name: 'integrated_gradients',
    spec: {
      $schema: schema,
      title: {
        text: 'Integrated gradients',
        subtitle: subtitle(`From the mean row to each of ${words.rows} test rows, ${words.steps} steps`, error, note),
      },
      width: 440,
      height: { step: 24 },
      data: { values: shown },
      mark: { type: 'bar', color: accent },
      encoding: {
        y: { field: 'feature', type: 'nominal', sort: shown.map(({ feature }) => feature), title: null },
        x: { field: 'meanAbsolute', type: 'quantitative', title: `mean |attribution to ${words.ofWhat}|` },
      },
    },
  }
}
