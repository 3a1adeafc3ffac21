import { type BigIntStats, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs'
import { relative } from 'node:path'
import { md5OfFile, md5OfSmallFile, smallFileBytes } from './digest.ts'
import { isMissing } from './fs-errors.ts'
import { clockGrainMs, type HashState } from './hash-state.ts'
import type { IgnoreRules } from './ignore-rules.ts'
import { type Manifest, manifestOf } from './manifest.ts'

/** What is at a path, by content. */
export interface Fingerprint {
  /** 32 hex digits; of a folder, its manifest's with `.dir` behind it */
  readonly md5: string
  /** bytes; of a folder, the sum of its files */
  readonly size: number
  /** files in a folder */
  readonly nfiles?: number
  /** Whether the owner may execute the file; never of a folder. */
  readonly isexec?: boolean
  /** only of a folder */
  readonly manifest?: Manifest
  /** The file itself, or each file of the folder. */
  readonly files: readonly HashedFile[]
  /** Files of the folder that are links to cache objects which are gone, as after the project was moved; posix, relative to it. */
  readonly lost?: readonly string[]
}

export interface FingerprintOptions {
  readonly root: string
  readonly ignored: IgnoreRules
  readonly state: HashState
  readonly signal?: AbortSignal | undefined
}

/** A file found in a folder: where it is, and its posix path relative to the folder. */
export interface FoundFile {
  readonly path: string
  readonly relpath: string
  readonly stats: BigIntStats
}

export interface HashedFile extends FoundFile {
  readonly md5: string
}

/**
 * Hashes a file, or a folder with all files in it that `.dvcignore` does not name. Links to files are followed.
 * @returns undefined where nothing is at the path
 * @throws {UnsupportedFileError} for sockets, pipes, broken links inside a folder
 */
export async function fingerprint(path: string, options: FingerprintOptions): Promise<Fingerprint | undefined> {
  const stats = statOf(path)
  if (!stats) return undefined
  if (stats.isDirectory()) return fingerprintFolder(path, options)
  if (!stats.isFile()) throw new UnsupportedFileError(path, 'it is neither a file nor a folder')
  const file = { path, relpath: '', stats }
  const md5 = await hashOf(file, options)
  const isexec = (Number(stats.mode) & 0o100) !== 0
  return { md5, size: Number(stats.size), ...(isexec && { isexec }), files: [{ ...file, md5 }] }
}

/** The files of a folder, in no particular order. */
function findFiles(
  folder: string,
  options: Pick<FingerprintOptions, 'root' | 'ignored'>,
): { found: FoundFile[]; lost: string[] } {
  const found: FoundFile[] = []
  const lost: string[] = []
  // Posix path of the folder relative to the root; undefined outside, where no ignore file has a say.
  const base = relative(options.root, folder).replaceAll('\\', '/')
  const inside = base !== '..' && !base.startsWith('../')
  walk(folder, '', inside ? base : undefined)
  return { found, lost }

  function walk(at: string, relpath: string, fromRoot: string | undefined): void {
    const entries = readdirSync(at, { withFileTypes: true })
    // A project of its own inside this one is that project's business.
    if (relpath !== '' && entries.some((entry) => entry.name === '.dvc' && entry.isDirectory())) return
    for (const entry of entries) {
      const path = `${at}/${entry.name}`
      const below = relpath === '' ? entry.name : `${relpath}/${entry.name}`
      const rooted = fromRoot === undefined ? undefined : fromRoot === '' ? entry.name : `${fromRoot}/${entry.name}`
      if (rooted !== undefined && options.ignored.match(rooted, entry.isDirectory())) continue
      if (entry.isDirectory()) {
        walk(path, below, rooted)
        continue
      }
      const stats = statOf(path)
      if (!stats && entry.isSymbolicLink() && isCacheLink(path)) lost.push(below)
      else if (!stats) throw new UnsupportedFileError(path, goneOrBroken(path))
      else if (stats.isFile()) found.push({ path, relpath: below, stats })
      else if (!stats.isDirectory()) throw new UnsupportedFileError(path, 'it is neither a file nor a folder')
    }
  }
}

/** Something at a path that has no content to hash. */
export class UnsupportedFileError extends Error {
  constructor(path: string, what: string) {
    super(`Cannot hash ${JSON.stringify(path)}: ${what}. Remove it, or name it in .dvcignore`)
    this.name = 'UnsupportedFileError'
  }
}

/** MD5 of one file, from the state where its stamp is unchanged. */
export async function hashOf(
  file: FoundFile,
  { state, signal }: Pick<FingerprintOptions, 'state' | 'signal'>,
): Promise<string> {
  const known = state.get(file.path, file.stats)
  if (known !== undefined) return known
  if (file.stats.size <= smallFileBytes) {
    const hashedAt = Date.now()
    const md5 = md5OfSmallFile(file.path)
    state.set(file.path, file.stats, md5, hashedAt)
    return md5
  }
  // Too dear to be read twice only because it was written a moment ago: let the clock move on first.
  const age = Date.now() - Number(file.stats.ctimeMs)
  if (age >= 0 && age <= clockGrainMs) await new Promise((done) => setTimeout(done, clockGrainMs + 1 - age))
  const hashedAt = Date.now()
  const md5 = await md5OfFile(file.path, signal)
  state.set(file.path, file.stats, md5, hashedAt)
  return md5
}

async function fingerprintFolder(folder: string, options: FingerprintOptions): Promise<Fingerprint> {
  const { found: files, lost } = findFiles(folder, options)
  const hashed: HashedFile[] = []
  let size = 0
  let breathedAt = performance.now()
  for (const file of files) {
    if (file.relpath === '.dvcignore' || file.relpath.endsWith('/.dvcignore')) {
      throw new UnsupportedFileError(file.path, 'an ignore file cannot lie inside a tracked folder')
    }
    hashed.push({ ...file, md5: await hashOf(file, options) })
    size += Number(file.stats.size)
    if (performance.now() - breathedAt > 40) {
      options.signal?.throwIfAborted()
      await new Promise((done) => setImmediate(done))
      breathedAt = performance.now()
    }
  }
  const manifest = manifestOf(hashed)
  return { md5: manifest.md5, size, nfiles: files.length, manifest, files: hashed, ...(lost.length > 0 && { lost }) }
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true })
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isCacheLink(path: string): boolean {
  return /\/files\/md5\/[0-9a-f]{2}\/[0-9a-f]{30}$/.test(readlinkSync(path))
}

function goneOrBroken(path: string): string {
  if (path.includes('\ufffd')) return 'its name is not valid UTF-8'
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()
    ? 'it is a link to nothing'
    : 'it vanished while it was read'
}
