import { z } from 'zod'

/** Numbers between two bounds, drawn by a random search; `scale: log` spreads the draws evenly over the powers of ten. */
const Range = z
  .strictObject({ min: z.number(), max: z.number(), scale: z.enum(['linear', 'log']).default('linear') })
  .refine((range) => range.min < range.max, { error: 'expected min below max' })
  .refine((range) => range.scale === 'linear' || range.min > 0, { error: 'expected min above 0 where scale is log' })

export interface SearchRange {
  readonly min: number
  readonly max: number
  readonly scale: 'linear' | 'log'
  /** Only whole numbers are drawn. */
  readonly whole: boolean
}

/** What a hyper-parameter may be: a list of values to search, or a range to draw from. */
export type SearchSpace = readonly unknown[] | SearchRange

/** One number, a list of numbers to search, or a range. */
function numbers(number: z.ZodNumber | z.ZodInt, what: string, { whole = false } = {}) {
  const range = Range.refine(
    ({ min, max }) => number.safeParse(min).success && number.safeParse(max).success,
  ).transform((bounds): SearchRange => ({ ...bounds, whole }))
  return z.union([number.transform((one) => [one]), z.array(number).min(1), range], {
    error: `expected ${what}, a list of such numbers to search, or a range {min, max, scale} of them`,
  })
}

const width = z.int().min(1)
const layers = z.union([z.array(width).transform((one) => [one]), z.array(z.array(width)).min(1)], {
  error: 'expected a list with the width of each hidden layer, as [64, 64], or a list of such lists to search',
})

/** How the learning rate goes over the epochs: it stays, or falls to 0 along half a cosine. */
const schedule = z.enum(['constant', 'cosine'])

/** A family whose hyper-parameters are all left to their defaults may be written without any: `majority:`. */
function family<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.preprocess((value) => value ?? {}, z.strictObject(shape)).optional()
}

/** The model families to search across, each with its hyper-parameters. */
const Models = z
  .strictObject({
    majority: family({}),
    logistic: family({ l2: numbers(z.number().min(0), 'a number of at least 0').default([1e-5]) }),
    linear: family({ l2: numbers(z.number().min(0), 'a number of at least 0').default([1e-5]) }),
    mlp: family({
      hidden: layers.default([[64, 64]]),
      learning_rate: numbers(z.number().gt(0), 'a number above 0').default([0.001]),
      schedule: z
        .union([schedule.transform((one) => [one]), z.array(schedule).min(1)], {
          error: 'expected constant or cosine, or a list of both to search',
        })
        .default(['cosine']),
      batch_size: numbers(z.int().min(1), 'a whole number of at least 1', { whole: true }).default([256]),
      l2: numbers(z.number().min(0), 'a number of at least 0').default([0]),
    }),
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

export const classificationMetrics = ['validation_accuracy', 'validation_log_loss', 'validation_macro_f1'] as const
export const regressionMetrics = ['validation_rmse', 'validation_mae', 'validation_r2'] as const

const higherIsBetter: ReadonlySet<string> = new Set(['validation_accuracy', 'validation_macro_f1', 'validation_r2'])

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
  .superRefine(({ select }, context) => {
    const better = higherIsBetter.has(select.metric) ? 'maximize' : 'minimize'
    if (select.direction !== better)
      context.addIssue({
        code: 'custom',
        path: ['select', 'direction'],
        message: `expected ${better} for ${select.metric}, found ${select.direction}`,
      })
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
