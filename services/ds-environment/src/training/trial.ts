import { parentPort } from 'node:worker_threads'
import { evaluate } from '@waymark/model-kit/evaluate'
import { familyOf } from '@waymark/model-kit/families/families'
import type { ModelFiles, Observations } from '@waymark/model-kit/families/family'
import type { Backend, Model } from '@waymark/model-kit/model'
import { workerData } from 'piscina'
import { type Point, prefixed, type TrialPlan } from './transform.ts'

/** What all trials share; the numbers lie in shared memory. */
export interface TrialData {
  readonly task: Model['task']
  /** Classes, or 1. */
  readonly outputs: number
  readonly seed: number
  readonly backend: Backend
  readonly train: Observations
  readonly validation: Observations
}

export interface FittedTrial {
  readonly history: readonly Point[]
  readonly files: ModelFiles
}

/** What a worker tells while it fits: with the first epoch as `epoch` 0, `points` are what that epoch added. */
export interface TrialNews {
  readonly plan: TrialPlan
  readonly points: readonly Point[]
}

/** Fits one model in a worker of the search. The seed alone decides its numbers, not the worker or its turn. */
export async function runTrial(plan: TrialPlan): Promise<FittedTrial> {
  // The pool was opened with this data.
  const data = workerData as TrialData
  parentPort?.postMessage({ plan, points: [] } satisfies TrialNews)
  return fitTrial(plan, data, (points) => parentPort?.postMessage({ plan, points } satisfies TrialNews))
}

/** @param onEpoch told the points of each epoch as it ends */
export async function fitTrial(
  { family, params, epochs }: TrialPlan,
  { task, outputs, seed, backend, train, validation }: TrialData,
  onEpoch: (points: readonly Point[]) => void,
): Promise<FittedTrial> {
  const history: Point[] = []
  using fitted = await familyOf(family).fit(train, params, {
    ...{ task, outputs, seed, epochs, backend },
    onEpoch({ epoch, loss, model }) {
      const metrics = evaluate(task, model.scores(validation.inputs, validation.rows), validation.targets)
      const values = { loss, ...prefixed('validation', metrics) }
      const points = Object.entries(values).map(([key, value]) => ({ key, step: epoch, value }))
      history.push(...points)
      onEpoch(points)
    },
  })
  return { history, files: fitted.files() }
}
