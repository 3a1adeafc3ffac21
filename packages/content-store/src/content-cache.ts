import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { CacheConfig } from './cache-config.ts'
import { md5OfFile } from './digest.ts'
import type { Fingerprint, HashedFile } from './fingerprint.ts'
import { flushFiles } from './flush.ts'
import { hasCode, ifWritable, isMissing } from './fs-errors.ts'
import { clockGrainMs } from './hash-state.ts'
import { Linker } from './links.ts'
import { type ManifestEntry, readManifest } from './manifest.ts'
import { besideName } from './write-beside.ts'

const trustedMode = 0o444

/**
 * Files and folder manifests under the MD5 of their content: `files/md5/<2 digits>/<30 digits>[.dir]`, as DVC 3 keeps
 * them. An object's mode 0444 says that its bytes were found to match its name.
 */
export class ContentCache {
  readonly dir: string
  readonly linker: Linker
  readonly #objects: string
  readonly #linksBack: boolean
  readonly #madeFolders = new Set<string>()

  constructor(config: CacheConfig) {
    this.dir = config.dir
    this.#objects = join(config.dir, 'files', 'md5')
    this.linker = new Linker(config.links)
    this.#linksBack = config.links[0] === 'symlink'
  }

  /** Where the object of that hash is, or would be. */
  objectPath(md5: string): string {
    return `${this.#objects}/${md5.slice(0, 2)}/${md5.slice(2)}`
  }

  /**
   * Whether the object is there and sound. One without mode 0444 is read and either trusted from then on or, where its
   * bytes do not match its name, deleted.
   */
  async has(md5: string): Promise<boolean> {
    return this.#trusts(md5) ?? this.#verify(md5)
  }

  /** undefined where the object has to be read first */
  #trusts(md5: string): boolean | undefined {
    const stats = statSync(this.objectPath(md5), { throwIfNoEntry: false })
    if (!stats) return false
    return (stats.mode & 0o777) === trustedMode || undefined
  }

  async #verify(md5: string): Promise<boolean> {
    const path = this.objectPath(md5)
    if ((await md5OfFile(path)) === md5.replace(/\.dir$/, '')) {
      ifWritable(() => chmodSync(path, trustedMode))
      return true
    }
    ifWritable(() => rmSync(path, { force: true }))
    return false
  }

  /** Whether the object is there with, for a manifest, the object of each of its files. */
  async hasWhole(md5: string): Promise<boolean> {
    if (!(await this.has(md5))) return false
    if (!md5.endsWith('.dir')) return true
    // Without a wait for each of what may be very many.
    for (const entry of this.manifest(md5))
      if (!(this.#trusts(entry.md5) ?? (await this.#verify(entry.md5)))) return false
    return true
  }

  /** The files of a folder whose manifest is in the cache. */
  manifest(md5: string): readonly ManifestEntry[] {
    return readManifest(readFileSync(this.objectPath(md5), 'utf8'), md5)
  }

  /**
   * Keeps what was fingerprinted. The objects are on disk when this returns, a manifest after all its files.
   * @throws {ChangedFileError} where a file is no longer what was hashed
   */
  async save(content: Fingerprint): Promise<void> {
    await this.saveFiles(content.files)
    if (content.manifest && !(await this.has(content.md5))) {
      const beside = this.#beside(content.md5)
      writeFileSync(beside, content.manifest.text, { flag: 'wx' })
      await this.#publish([{ beside, md5: content.md5 }])
    }
  }

  async saveFiles(files: readonly HashedFile[]): Promise<void> {
    const made: { beside: string; md5: string }[] = []
    const pending = new Set<string>()
    try {
      for (const file of files) {
        if (pending.has(file.md5) || (await this.has(file.md5))) continue
        const beside = this.#beside(file.md5)
        made.push({ beside, md5: file.md5 })
        pending.add(file.md5)
        await this.#copyIn(file, beside)
      }
      await this.#publish(made)
    } finally {
      for (const { beside } of made) rmSync(beside, { force: true })
    }
    if (this.#linksBack) for (const file of files) this.#linkBack(file)
  }

  async #copyIn(file: HashedFile, beside: string): Promise<void> {
    const before = file.stats
    await this.linker.toCache(file.path, beside, {
      size: Number(before.size),
      isexec: (Number(before.mode) & 0o111) !== 0,
    })
    // The copy is what was hashed if the file has not been touched since it was looked at for hashing.
    const after = statSync(file.path, { bigint: true })
    const linked = after.nlink !== before.nlink
    const same = after.mtimeNs === before.mtimeNs && after.size === before.size && after.ino === before.ino
    const untouched = same && (linked || after.ctimeNs === before.ctimeNs) && settled(before.ctimeMs)
    if (!untouched && (await md5OfFile(beside)) !== file.md5) throw new ChangedFileError(file.path)
  }

  async #publish(made: readonly { beside: string; md5: string }[]): Promise<void> {
    await flushFiles(
      made.map(({ beside }) => beside),
      this.dir,
    )
    for (const { beside, md5 } of made) {
      chmodSync(beside, trustedMode)
      renameSync(beside, this.objectPath(md5))
    }
  }

  #linkBack(file: HashedFile): void {
    if (lstatSync(file.path).isSymbolicLink() || file.stats.size === 0n || (Number(file.stats.mode) & 0o111) !== 0)
      return
    const beside = besideName(file.path)
    symlinkSync(this.objectPath(file.md5), beside)
    renameSync(beside, file.path)
  }

  #beside(md5: string): string {
    const folder = join(this.#objects, md5.slice(0, 2))
    if (!this.#madeFolders.has(folder)) makeFolder(folder)
    this.#madeFolders.add(folder)
    return besideName(join(folder, md5.slice(2)))
  }
}

/** On a read-only file system `recursive` says that nothing is there, not that nothing may be made. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return
    if (!isMissing(error)) throw error
    mkdirSync(folder, { recursive: true })
  }
}

/** A file was written to between hashing and keeping it. */
export class ChangedFileError extends Error {
  constructor(path: string) {
    super(
      `Cannot keep ${JSON.stringify(path)} in the cache: it was changed while it was being read. ` +
        'Let whatever writes it finish, then try again',
    )
    this.name = 'ChangedFileError'
  }
}

/** Whether a change after that moment would have moved the file's times. */
function settled(ctimeMs: bigint): boolean {
  return Date.now() - Number(ctimeMs) > clockGrainMs
}
