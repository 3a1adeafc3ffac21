import { z } from 'zod'

const count = z.int().min(1)

/** How much of the test split explanations look at: more is exacter and slower. */
export const Explainability = z.strictObject({
  seed: z.int().min(0).default(1),
  permutation: z.strictObject({ repeats: count.default(5) }).prefault({}),
  shapley: z
    .strictObject({
      /** Rows that are explained. */
      rows: count.default(100),
      /** Rows that stand for "the feature is not known". */
      background_rows: count.default(50),
      /** Drawn orders of the features, where there are too many for the exact sum. */
      permutations: count.default(500),
    })
    .prefault({}),
  partial_dependence: z.strictObject({ rows: count.default(1000), points: z.int().min(2).default(20) }).prefault({}),
  integrated_gradients: z.strictObject({ rows: count.default(200), steps: count.default(50) }).prefault({}),
})

export type ExplainabilitySettings = z.output<typeof Explainability>
