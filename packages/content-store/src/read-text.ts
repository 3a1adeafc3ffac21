import { readFileSync } from 'node:fs'
import { isMissing } from './fs-errors.ts'

/** @returns the text of a file, or undefined where there is none. */
export function readTextOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
