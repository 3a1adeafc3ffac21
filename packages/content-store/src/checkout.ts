import { lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ContentCache } from './content-cache.ts'
import { type Fingerprint, type FingerprintOptions, fingerprint } from './fingerprint.ts'
import { hasCode, isMissing } from './fs-errors.ts'
import { clockGrainMs } from './hash-state.ts'

/** What a path is to hold. */
export interface WantedContent {
  /** of a file, or of a folder with `.dir` */
  readonly md5: string
  readonly isexec?: boolean | undefined
}

export interface CheckoutResult {
  /** Posix paths relative to the folder (empty for the file itself). */
  readonly added: readonly string[]
  readonly modified: readonly string[]
  readonly deleted: readonly string[]
  /** Content that was nowhere else and had to give way: it is in the cache now, under this MD5. */
  readonly kept: readonly { readonly path: string; readonly md5: string }[]
}

interface Written {
  readonly path: string
  readonly md5: string
  readonly ino: bigint
  readonly mtimeNs: bigint
  readonly size: bigint
}

/**
 * Makes a file or folder of the workspace equal to what the cache holds under a hash. Only files that differ are made
 * anew; files that are too many are removed, but never content that is not in the cache: it is put there first.
 * Files that `.dvcignore` names are left alone.
 * @throws {MissingObjectsError} before anything is touched, where the cache lacks something
 */
export async function checkout(
  path: string,
  wanted: WantedContent,
  cache: ContentCache,
  options: FingerprintOptions,
): Promise<CheckoutResult> {
  const files = await wantedFiles(wanted, cache)
  const present = await presentContent(path, options)
  const isFolder = wanted.md5.endsWith('.dir')
  if (present?.md5 === wanted.md5) return { added: [], modified: [], deleted: [], kept: [] }
  const sameKind = present === undefined || (present.manifest !== undefined) === isFolder
  const reusable = sameKind && !(isFolder && isLink(path))
  const have = new Map((reusable ? (present?.files ?? []) : []).map((file) => [file.relpath, file.md5]))
  const kept = present ? await keepUnsaved(present, files, cache) : []

  if (!reusable) rmSync(path, { recursive: true, force: true })
  const deleted = [...have.keys()].filter((relpath) => !files.has(relpath))
  for (const relpath of deleted) rmSync(join(path, relpath), { force: true })
  if (isFolder) {
    mkdirSync(path, { recursive: true })
    removeEmptyFolders(path, deleted)
  } else mkdirSync(dirname(path), { recursive: true })

  const added: string[] = []
  const modified: string[] = []
  const written: Written[] = []
  let breathedAt = performance.now()
  for (const [relpath, md5] of files) {
    if (have.get(relpath) === md5) continue
    ;(have.has(relpath) ? modified : added).push(relpath)
    written.push(await place(join(path, relpath), md5, wanted.isexec ?? false, cache))
    if (performance.now() - breathedAt > 40) {
      await new Promise((done) => setImmediate(done))
      breathedAt = performance.now()
    }
  }
  await remember(written, options)
  return { added, modified, deleted, kept }
}

/** The cache lacks objects that a checkout needs. */
export class MissingObjectsError extends Error {
  readonly md5s: readonly string[]

  constructor(md5s: readonly string[]) {
    super(
      `Cannot check out: the cache lacks ${md5s.slice(0, 5).join(', ')}${md5s.length > 5 ? ` and ${md5s.length - 5} more` : ''}`,
    )
    this.name = 'MissingObjectsError'
    this.md5s = md5s
  }
}

async function wantedFiles(wanted: WantedContent, cache: ContentCache): Promise<Map<string, string>> {
  if (!(await cache.has(wanted.md5))) throw new MissingObjectsError([wanted.md5])
  if (!wanted.md5.endsWith('.dir')) return new Map([['', wanted.md5]])
  const entries = cache.manifest(wanted.md5)
  const missing: string[] = []
  for (const entry of entries) if (!(await cache.has(entry.md5))) missing.push(entry.md5)
  if (missing.length > 0) throw new MissingObjectsError(missing)
  return new Map(entries.map((entry) => [entry.relpath, entry.md5]))
}

async function presentContent(path: string, options: FingerprintOptions): Promise<Fingerprint | undefined> {
  const present = await fingerprint(path, options)
  // A link to nothing has no content, but it stands in the way.
  if (!present && isLink(path)) rmSync(path)
  return present
}

async function keepUnsaved(
  present: Fingerprint,
  wanted: ReadonlyMap<string, string>,
  cache: ContentCache,
): Promise<{ path: string; md5: string }[]> {
  const unsaved = []
  for (const file of present.files) {
    if (wanted.get(file.relpath) !== file.md5 && !(await cache.has(file.md5))) unsaved.push(file)
  }
  await cache.saveFiles(unsaved)
  return unsaved.map(({ path, md5 }) => ({ path, md5 }))
}

async function place(target: string, md5: string, isexec: boolean, cache: ContentCache): Promise<Written> {
  const object = cache.objectPath(md5)
  const size = statSync(object).size
  mkdirSync(dirname(target), { recursive: true })
  const inTheWay = lstatSync(target, { throwIfNoEntry: false })
  if (inTheWay?.isDirectory()) removeEmptyTree(target)
  await cache.linker.toWorkspace(object, target, { size, isexec })
  const stats = statSync(target, { bigint: true })
  return { path: target, md5, ino: stats.ino, mtimeNs: stats.mtimeNs, size: stats.size }
}

/** Notes the hashes of what was just written, once the clock has moved on, so that the next look need not read them. */
async function remember(written: readonly Written[], { state }: FingerprintOptions): Promise<void> {
  if (written.length === 0) return
  await new Promise((done) => setTimeout(done, clockGrainMs + 1))
  const now = Date.now()
  for (const file of written) {
    const stats = statSync(file.path, { bigint: true, throwIfNoEntry: false })
    if (stats && stats.ino === file.ino && stats.mtimeNs === file.mtimeNs && stats.size === file.size) {
      state.set(file.path, stats, file.md5, now)
    }
  }
}

/** Removes the folders that the removal of these files left empty, but not `root`. */
function removeEmptyFolders(root: string, removed: readonly string[]): void {
  for (const relpath of removed) {
    for (let folder = dirname(relpath); folder !== '.'; folder = dirname(folder)) {
      if (!removeIfEmpty(join(root, folder))) break
    }
  }
}

/** Makes way for a file where only empty folders stand. */
function removeEmptyTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyTree(join(folder, entry.name))
  }
  rmdirSync(folder)
}

function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST')) return false
    if (isMissing(error)) return true
    throw error
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
}
