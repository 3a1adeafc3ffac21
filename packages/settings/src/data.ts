import { z } from 'zod'

const Kind = z.enum(['numeric', 'categorical', 'boolean'])

const Band = z.strictObject({
  name: z.string().min(1),
  /** The band ends before this value; the last band has no end. */
  below: z.number().optional(),
})

const Target = z.strictObject({
  column: z.string().min(1),
  /** What the predicted column is called; default: `column`. */
  name: z.string().min(1).optional(),
  /** Cuts a numeric column into named bands. */
  bands: z.array(Band).min(2).superRefine(bandsAscend).optional(),
})

const Limits = z.strictObject({
  above: z.number().optional(),
  at_least: z.number().optional(),
  below: z.number().optional(),
  at_most: z.number().optional(),
})

const share = z.number().gt(0).lt(1)

const Split = z
  .strictObject({
    /** Share of the rows, 0–1. */
    validation: share.default(0.15),
    test: share.default(0.15),
    seed: z.int().min(0).default(1),
  })
  .refine((split) => split.validation + split.test < 1, {
    error: 'validation and test together leave nothing to train on: their sum must be below 1',
  })

/** Where the observations come from, and how they become rows to learn from. */
export const Data = z
  .strictObject({
    /** A CSV file with a header, relative to the project. */
    source: z.string().min(1),
    separator: z.string().min(1).default(','),
    /** How the file writes its characters; a byte order mark at its beginning goes before it. */
    encoding: z
      .string()
      .default('utf-8')
      .refine(isEncoding, {
        error: ({ input }) => `expected an encoding as utf-8, utf-16le or latin1, found ${JSON.stringify(input)}`,
      }),
    /** What stands before the decimals of a number; with "," a dot may part the thousands. */
    decimal: z.enum(['.', ',']).default('.'),
    /** Texts that stand for a missing value. */
    missing: z.array(z.string()).default(['', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL']),
    task: z.enum(['classification', 'regression']),
    target: Target,
    drop: z.array(z.string()).default([]),
    /** Overrides the inferred kind of a column. */
    kinds: z.record(z.string(), Kind).default({}),
    /** A row with a value outside of its column's limits is impossible: it is removed and counted. */
    limits: z.record(z.string(), Limits).default({}),
    /** What happens to the second and later rows that are equal in every column. */
    duplicates: z.enum(['remove', 'keep']).default('remove'),
    /** A category column keeps this many of its most frequent values; the others are `other`. */
    max_categories: z.int().min(1).default(50),
    split: Split.prefault({}),
  })
  .superRefine((data, context) => {
    const refuse = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (data.task === 'regression' && data.target.bands)
      refuse(['target', 'bands'], 'bands make classes: take them out, or set data.task: classification')
    if (data.decimal === data.separator) {
      const other = data.decimal === ',' ? ';' : ','
      refuse(
        ['separator'],
        `expected another than data.decimal, as ${JSON.stringify(other)}, found ${JSON.stringify(data.separator)}`,
      )
    }
    if (data.drop.includes(data.target.column))
      refuse(['drop'], `${JSON.stringify(data.target.column)} is the target: it cannot be dropped`)
  })

export type DataSettings = z.output<typeof Data>

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== ''
  } catch {
    return false
  }
}

function bandsAscend(bands: readonly z.output<typeof Band>[], context: z.RefinementCtx): void {
  const refuse = (index: number, message: string) => context.addIssue({ code: 'custom', path: [index], message })
  const names = new Set<string>()
  let bound = Number.NEGATIVE_INFINITY
  for (const [index, band] of bands.entries()) {
    if (names.has(band.name)) refuse(index, `two bands are named ${JSON.stringify(band.name)}`)
    names.add(band.name)
    const isLast = index === bands.length - 1
    if (isLast && band.below !== undefined) refuse(index, 'the last band has no end: take its below out')
    if (isLast) continue
    if (band.below === undefined) refuse(index, 'expected below, the value before which this band ends')
    else if (band.below <= bound)
      refuse(index, `expected below to rise from band to band, found ${band.below} after ${bound}`)
    bound = band.below ?? bound
  }
}
