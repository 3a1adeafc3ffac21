import { evaluate } from '@waymark/model-kit/evaluate'
import { seeded } from '@waymark/model-kit/random'
import { byFeature, type Explained, round } from './explained.ts'
import { permutationImportance } from './permutation-importance.ts'
import { permutationImportancePlot } from './plots/permutation-importance-plot.ts'
import type { Subject } from './subject.ts'

/** What the model's quality loses where a feature is shuffled. */
export function explainByPermutation({ model, rows, targets, settings }: Subject): Explained {
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
