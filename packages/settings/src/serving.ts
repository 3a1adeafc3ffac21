import { z } from 'zod'

/** Where the model is registered, and when a new one becomes the champion. */
export const Serving = z.strictObject({
  registered_model: z.string().min(1),
  /** A metric of the run, as `test_accuracy`. */
  metric: z.string().min(1),
  direction: z.enum(['maximize', 'minimize']),
})

export type ServingSettings = z.output<typeof Serving>
