/**
 * Field types of MLflow's wire format: protobuf's JSON mapping, as MLflow's server reads and writes it.
 * Numbers may come as decimal strings, `null` means absent, and doubles that JSON has no token for
 * travel as the strings "NaN", "Infinity" and "-Infinity".
 */
import { z } from 'zod'

const wholeNumber = 'expected a whole number within ±(2^53 - 1)'

/** A whole number that JSON carries exactly (±2^53−1); protobuf's int64 and int32. */
export const Int64 = z
  .union(
    [
      z.number(),
      z
        .string()
        .regex(/^[+-]?\d+$/)
        .transform(Number),
    ],
    wholeNumber,
  )
  .refine(Number.isSafeInteger, wholeNumber)

/** A double, NaN and ±Infinity included. */
export const Double = z
  .union([
    z.number(),
    z.nan(),
    z.literal([Infinity, -Infinity], 'expected a number'),
    z.string().transform((text, context) => parseDouble(text) ?? context.addIssue('expected a number')),
  ])
  .transform((value) => value as number) // addIssue already failed the parse where there is no number

/** Text that PostgreSQL can keep as it is: no U+0000, no half of a surrogate pair. */
export const Text = z
  .string()
  .refine((text) => !text.includes('\u0000'), 'must not contain U+0000')
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode (it holds half of a surrogate pair)')

/** Text that must not be empty. */
export const Name = Text.min(1)

/** An id that old clients send as a JSON number. */
export const Id = z.union([Name, z.number().int().nonnegative().transform(String)])

/** @returns an optional field that also takes protobuf's `null` for "absent". */
export function absent<T extends z.ZodType>(type: T) {
  return type.nullish().transform((value) => value ?? undefined)
}

/**
 * @returns a repeated field: absent and `null` are the empty list, one query parameter is a list of one. A list
 * of more than `most` is refused before its items are looked at: a request is never worth more than a moment.
 */
export function repeated<T extends z.ZodType>(item: T, most = 10_000) {
  const list = z
    .array(item)
    .nullish()
    .transform((value) => value ?? [])
  const counted = z.preprocess((value, context) => {
    if (Array.isArray(value) && value.length > most) {
      context.addIssue(`expected at most ${most} items, got ${value.length}`)
    }
    return value
  }, list)
  return counted as unknown as typeof list // takes and gives the same, a list of `most` at most
}

/** JSON text in which doubles keep their value: `NaN` and `±Infinity` become protobuf's strings. */
export function encodeJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === 'number' && !Number.isFinite(item) ? String(item) : item,
  )
}

function parseDouble(text: string): number | undefined {
  const known: Record<string, number> = {
    nan: Number.NaN,
    infinity: Infinity,
    inf: Infinity,
    '-infinity': -Infinity,
    '-inf': -Infinity,
  }
  const named = known[text.trim().toLowerCase()]
  if (named !== undefined) return named
  return text.trim() !== '' && !Number.isNaN(Number(text)) && !/^[+-]?0[xob]/i.test(text.trim())
    ? Number(text)
    : undefined
}
