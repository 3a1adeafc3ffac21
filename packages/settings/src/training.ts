import { z } from 'zod'

/** Numbers between two bounds, drawn by a random search; `scale: log` spreads the draws evenly over the powers of ten. */
const Range = z
  .strictObject({ min: z.number(), max: z.number(), scale: z.enum(['linear', 'log']).default('linear') })
  .refine((range) => range.min < range.max, { error: 'expected min below max' })
  .refine((range) => range.scale === 'linear' || range.min > 0, { error: 'expected min above 0 where scale is log' })

export type SearchRange = z.output<typeof Range>

/** What a hyper-parameter may be: a list of values to search, or a range to draw from. */
export type SearchSpace = readonly unknown[] | SearchRange

/** One number, a list of numbers to search, or a range. */
function numbers(number: z.ZodNumber | z.ZodInt, what: string) {
  return z.union([number.transform((one) => [one]), z.array(number).min(1), Range], {
    error: `expected ${what}, a list of such numbers to search, or a range {min, max, scale}`,
  })
}

const width = z.int().min(1)
const layers = z.union([z.array(width).transform((one) => [one]), z.array(z.array(width)).min(1)], {
  error: 'expected a list with the width of each hidden layer, as [64, 64], or a list of such lists to search',
})

/** How the learning rate goes over the epochs: it stays, or falls to 0 along half a cosine. */
const schedule = z.enum(['constant', 'cosine'])

/** The model families to search across, each with its hyper-parameters. */
const Models = z
  .strictObject({
    majority: z.strictObject({}).nullish(),
    logistic: z.strictObject({ l2: numbers(z.number().min(0), 'a number of at least 0').default([1e-5]) }).nullish(),
    linear: z.strictObject({ l2: numbers(z.number().min(0), 'a number of at least 0').default([1e-5]) }).nullish(),
    mlp: z
      .strictObject({
        hidden: layers.default([[64, 64]]),
        learning_rate: numbers(z.number().gt(0), 'a number above 0').default([0.001]),
        schedule: z
          .union([schedule.transform((one) => [one]), z.array(schedule).min(1)], {
            error: 'expected constant or cosine, or a list of both to search',
          })
          .default(['cosine']),
        batch_size: numbers(z.int().min(1), 'a whole number of at least 1').default([256]),
        l2: numbers(z.number().min(0), 'a number of at least 0').default([0]),
      })
      .nullish(),
  })
  .refine((models) => Object.keys(models).length > 0, { error: 'expected at least one model family' })

const Search = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('grid'), epochs: z.int().min(1).default(4) }),
    z.strictObject({
      kind: z.literal('random'),
      /** Draws for each family that has something to draw. */
      trials: z.int().min(1).default(12),
      epochs: z.int().min(1).default(4),
      seed: z.int().min(0).default(1),
    }),
  ],
  { error: 'expected kind: grid or kind: random' },
)

export const classificationMetrics = ['validation_accuracy', 'validation_log_loss'] as const
export const regressionMetrics = ['validation_rmse', 'validation_mae', 'validation_r2'] as const

/** What is fitted, how it is searched and how the winner is chosen. */
export const Training = z
  .strictObject({
    seed: z.int().min(0).default(1),
    backend: z.enum(['wasm', 'cpu', 'tensorflow']).default('wasm'),
    /** Epochs of the final fit of a family that learns in epochs. */
    epochs: z.int().min(1).default(20),
    models: Models,
    search: Search.prefault({ kind: 'grid' }),
    select: z.strictObject({
      metric: z.enum([...classificationMetrics, ...regressionMetrics]),
      direction: z.enum(['maximize', 'minimize']),
    }),
    /** `refit`: the best trial of each family is fitted again with all epochs; `as_is`: the best trial is the model. */
    winner: z.enum(['refit', 'as_is']).default('refit'),
  })
  .superRefine((training, context) => {
    if (training.search.kind === 'random') return
    for (const [family, space] of Object.entries(training.models)) {
      for (const [key, values] of Object.entries(space ?? {})) {
        if (!Array.isArray(values))
          context.addIssue({
            code: 'custom',
            path: ['models', family, key],
            message: 'a grid needs a list of values: a range is drawn from only with training.search.kind: random',
          })
      }
    }
  })

export type TrainingSettings = z.output<typeof Training>
