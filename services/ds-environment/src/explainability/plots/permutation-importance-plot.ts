import type { PermutationImportance } from '../permutation-importance.ts'
import type { Plot } from '../plot.ts'
import { accent, largest, mostFeatures, schema, subtitle } from './marks.ts'

/** Bars of the mean drop, the largest on top, with one standard deviation to each side. */
export function permutationImportancePlot(
  found: PermutationImportance,
  words: { quality: string; repeats: number },
): Plot {
  const { shown, note } = largest(found.features, ({ mean }) => mean, { most: mostFeatures, noun: 'features' })
  const values = shown.map(({ feature, mean, sd }) => ({ feature, mean, low: mean - sd, high: mean + sd }))
  const y = { field: 'feature', type: 'nominal', sort: values.map(({ feature }) => feature), title: null } as const
  return {
    name: 'permutation_importance',
    spec: {
      $schema: schema,
      title: {
        text: 'Permutation importance',
        subtitle: subtitle(
          `Drop of ${words.quality} on the test split when a feature is shuffled`,
          `mean ± sd of ${words.repeats}`,
          note,
        ),
      },
      width: 440,
      height: { step: 24 },
      data: { values },
      layer: [
        {
          mark: { type: 'bar', color: accent },
          encoding: { y, x: { field: 'mean', type: 'quantitative', title: `drop of ${words.quality}` } },
        },
        {
          mark: { type: 'rule', color: '#111' },
          encoding: { y, x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
        },
      ],
    },
  }
}
