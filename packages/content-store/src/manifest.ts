import { compareCodePoints } from './code-points.ts'
import { md5Of } from './digest.ts'
import { pythonString } from './python-json.ts'

/** One file of a folder: its MD5 and its posix path relative to the folder. */
export interface ManifestEntry {
  readonly md5: string
  readonly relpath: string
}

/** A folder's content as DVC keeps it: the bytes of its `.dir` object and their hash. */
export interface Manifest {
  /** 32 hex digits and `.dir` */
  readonly md5: string
  readonly text: string
  /** In the order of the text: by relpath, code point by code point. */
  readonly entries: readonly ManifestEntry[]
}

/** The manifest of these files, byte for byte as DVC 3 writes it. */
export function manifestOf(files: readonly ManifestEntry[]): Manifest {
  const entries = files.toSorted((a, b) => compareCodePoints(a.relpath, b.relpath))
  const text = `[${entries.map((entry) => `{"md5": "${entry.md5}", "relpath": ${pythonString(entry.relpath)}}`).join(', ')}]`
  return { md5: `${md5Of(text)}.dir`, text, entries }
}

/**
 * Reads the text of a `.dir` object.
 * @throws {BadManifestError} where it is no manifest, or names a path outside the folder.
 */
export function readManifest(text: string, name: string): readonly ManifestEntry[] {
  const value = parse(text, name)
  if (!Array.isArray(value)) throw new BadManifestError(name, 'it is not a list')
  return value.map((entry: unknown) => {
    if (!isEntry(entry)) throw new BadManifestError(name, `an entry is not {md5, relpath}: ${JSON.stringify(entry)}`)
    if (!staysInside(entry.relpath)) {
      throw new BadManifestError(name, `the path ${JSON.stringify(entry.relpath)} leads outside the folder`)
    }
    return { md5: entry.md5, relpath: entry.relpath }
  })
}

export class BadManifestError extends Error {
  constructor(name: string, what: string) {
    super(`Cannot use the folder manifest ${name}: ${what}. Delete it from the cache and reproduce the stage again`)
    this.name = 'BadManifestError'
  }
}

function parse(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new BadManifestError(name, error instanceof Error ? error.message : String(error))
  }
}

function isEntry(value: unknown): value is ManifestEntry {
  if (typeof value !== 'object' || value === null || !('md5' in value) || !('relpath' in value)) return false
  return typeof value.relpath === 'string' && typeof value.md5 === 'string' && /^[0-9a-f]{32}$/.test(value.md5)
}

function staysInside(relpath: string): boolean {
  if (relpath === '' || relpath.startsWith('/') || relpath.includes('\0')) return false
  return relpath.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}
