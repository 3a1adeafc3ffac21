import type { Model, Row } from '@waymark/model-kit/model'
import { argMax } from '@waymark/model-kit/predict'
import { seeded, shuffle } from '@waymark/model-kit/random'
import type { ExplainabilitySettings } from '@waymark/settings/explainability'

/** A model, the rows that nothing was fitted on, and what is true of them. */
export interface Subject {
  readonly model: Model
  readonly rows: readonly Row[]
  /** [rows]: the class index, or the value in the target's unit. */
  readonly targets: Float64Array
  readonly settings: ExplainabilitySettings
}

/** @returns the rows in a seeded random order; each explanation takes as many as it is told to from the front. */
export function sample(rows: readonly Row[], seed: number): Row[] {
  return shuffle([...rows], seeded(seed))
}

/** @returns the names of what a row is scored for. */
export function outputNames({ task, classes, target }: Model): readonly string[] {
  return task === 'classification' ? classes : [target]
}

/** @returns the output that a row is explained for: the predicted class, or the only one. */
export function outputOfRow({ task, classes }: Model, scores: Float32Array, row: number): number {
  return task === 'classification' ? argMax(scores.subarray(row * classes.length, (row + 1) * classes.length)) : 0
}
