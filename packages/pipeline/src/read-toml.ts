import { parse, TomlDate } from 'smol-toml'
import { PipelineError } from './errors.ts'
import type { Key, Read } from './values.ts'

/** Reads TOML with exact integers. @throws {PipelineError} with file, line and column */
export function readToml(text: string, path: string): Read {
  try {
    return exact(parse(text, { integersAsBigInt: true }))
  } catch (error) {
    if (error instanceof Error && 'line' in error && 'column' in error) {
      throw new PipelineError(`${path}:${error.line}:${error.column} is not TOML: ${error.message.split('\n')[0]}`, {
        cause: error,
      })
    }
    throw error
  }
}

function exact(value: unknown): Read {
  if (value instanceof TomlDate) return new Date(value)
  if (Array.isArray(value)) return value.map(exact)
  if (typeof value === 'object' && value !== null) {
    return new Map<Key, Read>(Object.entries(value).map(([key, item]) => [key, exact(item)]))
  }
  // What is left are the scalars of TOML: text, bigint, number, boolean.
  return value as string | bigint | number | boolean
}
