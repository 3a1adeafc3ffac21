import { explainByDependence } from './explain-by-dependence.ts'
import { explainByGradients } from './explain-by-gradients.ts'
import { explainByPermutation } from './explain-by-permutation.ts'
import { explainByShapley } from './explain-by-shapley.ts'
import { explainQuality } from './explain-quality.ts'
import type { Explained } from './explained.ts'
import { drawable } from './plot.ts'
import type { Subject } from './subject.ts'

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
