import type { StageResult } from '@waymark/pipeline/events'
import { z } from 'zod'
import { quote, UserError } from '../user-error.ts'

/** What a stage's `meta.waymark` declares about its outs: how a run shows them. All paths start from the stage's wdir. */
const Declared = z.strictObject({
  /** Metric history as CSV `key,step,value`: replayed into the run where the stage itself did not run. */
  history: z.string().optional(),
  /** The trials of a search as JSON: replayed as child runs where the stage itself did not run. */
  trials: z.string().optional(),
  /** JSON with `family` and `params` of the winner: replayed as params `best.*`. */
  best: z.string().optional(),
  /** Outs that the run keeps beside metric files and plots. */
  artifacts: z.array(z.string()).default([]),
  /** The model that this stage packs, to be registered when all stages are done. */
  register: z
    .strictObject({
      /** The model's folder. */
      model: z.string(),
      /** JSON with `family`, `params` and `features` of the model. */
      details: z.string(),
      /** The rows it was trained on, for its name. */
      train: z.string(),
      /** The rows it was tested on: models are compared on the same ones. */
      test: z.string(),
      /** `<file>:<section>` with registered_model, metric and direction. */
      settings: z.string(),
      /** Command that prints `{"score": n}` or `{"misfit": "why"}` for `<model folder> <metric>`. */
      score: z.string(),
      /** Where the details of the build are written. */
      meta: z.string(),
    })
    .optional(),
})
export type Declared = z.output<typeof Declared>
export type Registration = NonNullable<Declared['register']>

/**
 * @returns what a stage declares; nothing where its `meta` is another program's.
 * @throws {UserError} for a declaration that cannot be read, with the key at fault.
 */
export function declaredBy(stage: Pick<StageResult, 'name' | 'meta'>): Declared {
  const { meta } = stage
  const given = typeof meta === 'object' && meta !== null && 'waymark' in meta ? meta.waymark : {}
  const read = Declared.safeParse(given)
  if (read.success) return read.data
  const faults = read.error.issues.map(({ path, message }) => `meta.waymark.${path.join('.')}: ${message}`)
  throw new UserError('stage-meta', {
    message: `Cannot read what stage ${quote(stage.name)} declares: ${faults.join('; ')}`,
    hint: 'Correct it in the stage file; the keys are history, trials, best, artifacts and register',
  })
}

/** @returns the stage that packs a model to be registered, and how it says so; undefined where none does. */
export function registeredBy(
  stages: readonly Pick<StageResult, 'name' | 'meta'>[],
): { readonly stage: string; readonly register: Registration } | undefined {
  for (const stage of stages) {
    const { register } = declaredBy(stage)
    if (register) return { stage: stage.name, register }
  }
  return undefined
}
