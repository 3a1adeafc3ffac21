import type { Fitted } from './families/family.ts'
import type { Model } from './model.ts'
import { outputColumns } from './predict.ts'
import { encodeRows, featureGroups, inputColumns, type RowEncoding } from './row-encoder.ts'

/** What a model is made of. */
export interface ModelParts {
  readonly task: Model['task']
  readonly target: string
  readonly classes: readonly string[]
  readonly family: string
  readonly encoding: RowEncoding
  readonly fitted: Fitted
}

/** @returns a model that owns `fitted`: disposing it frees the weights. */
export function trainedModel({ task, target, classes, family, encoding, fitted }: ModelParts): Model {
  const features = featureGroups(encoding)
  return {
    task,
    target,
    classes,
    family,
    signature: { inputs: inputColumns(encoding), outputs: outputColumns(task, classes) },
    features,
    width: features.reduce((sum, { width }) => sum + width, 0),
    encode: (rows) => encodeRows(encoding, rows),
    scores: (encoded, rows) => fitted.scores(encoded, rows),
    ...(fitted.gradient ? { gradient: fitted.gradient } : {}),
    [Symbol.dispose]: () => fitted[Symbol.dispose](),
  }
}
