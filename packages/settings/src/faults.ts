import { z } from 'zod'
import { nearest } from './nearest.ts'
import type { Fault } from './settings-error.ts'
import type { SettingsFile } from './settings-file.ts'

/** @returns what `schema` finds wrong in the part of `file` at `path`, each fault with its line and key. */
export function faultsOf(
  error: z.ZodError,
  place: { file: SettingsFile; name: string; schema: z.ZodType; value: unknown; path: readonly string[] },
): Fault[] {
  return error.issues.flatMap((issue) => {
    const path = [...place.path, ...issue.path]
    const keys = issue.code === 'unrecognized_keys' ? issue.keys : undefined
    if (!keys) return [faultAt(place, path, words(issue, valueAt(place.value, issue.path)))]
    const known = keysAt(place.schema, issue.path)
    return keys.map((key) => faultAt(place, [...path, key], unknownKey(key, known)))
  })
}

/** @returns what to say of a key that does not exist: the nearest one that does, or all of them. */
export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known)
  const way = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean ${meant}?`
  return `there is no such key; ${way}`
}

/** @returns a value as a message shows it: short, with its quotes. */
export function found(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}

function faultAt(place: { file: SettingsFile; name: string }, path: readonly PropertyKey[], sentence: string): Fault {
  const line = place.file.lineOf(path)
  return { file: place.name, ...(line === undefined ? {} : { line }), key: path.map(String).join('.'), words: sentence }
}

function words(issue: z.core.$ZodIssue, value: unknown): string {
  const expected = expectation(issue)
  if (expected !== undefined) return `expected ${expected}, found ${found(value)}`
  // A union says itself what was expected; a refinement (code "custom") words its whole fault.
  return issue.code === 'invalid_union' ? `${issue.message}, found ${found(value)}` : issue.message
}

/** @returns what a fault's place should have held; undefined where the schema words its fault itself. */
function expectation(issue: z.core.$ZodIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected
    case 'invalid_value':
      return issue.values.length === 1 ? found(issue.values[0]) : `one of ${issue.values.map(found).join(', ')}`
    case 'too_small': {
      if (issue.origin === 'string') return 'a text that is not empty'
      if (issue.origin === 'array') return `a list of at least ${issue.minimum}`
      return `a number ${issue.inclusive ? 'of at least' : 'above'} ${issue.minimum}`
    }
    case 'too_big':
      if (issue.origin === 'string') return `a text of at most ${issue.maximum} characters`
      return `a number ${issue.inclusive ? 'of at most' : 'below'} ${issue.maximum}`
    default:
      return undefined
  }
}

const typeNames: Partial<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'keys with values',
  record: 'keys with values',
  string: 'a text',
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  // Only own keys are looked up, so any value may be seen as a bag of keys here.
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined | null)?.[key], value)
}

/** @returns the keys that `schema` knows at `path`. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const inner = unwrapped(schema)
  const [first, ...rest] = path
  if (inner instanceof z.ZodUnion) {
    const options = inner.options as readonly z.ZodType[]
    return [...new Set(options.flatMap((option) => keysAt(option, path)))]
  }
  if (inner instanceof z.ZodObject) {
    const shape: Record<string, z.ZodType> = inner.shape
    if (first === undefined) return Object.keys(shape)
    const next = shape[String(first)]
    return next ? keysAt(next, rest) : []
  }
  if (inner instanceof z.ZodRecord && first !== undefined) return keysAt(inner.valueType as z.ZodType, rest)
  if (inner instanceof z.ZodArray && first !== undefined) return keysAt(inner.element as z.ZodType, rest)
  return []
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return unwrapped(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodPrefault) return unwrapped(schema.unwrap() as z.ZodType)
  // A preprocess step has its schema at the end of the pipe, a transformation at its beginning.
  if (schema instanceof z.ZodPipe) {
    return unwrapped((schema.in instanceof z.ZodTransform ? schema.out : schema.in) as z.ZodType)
  }
  return schema
}
