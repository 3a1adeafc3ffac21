import { randomUUID } from 'node:crypto'
import { constants, createWriteStream, type Stats } from 'node:fs'
import { lstat, mkdir, open, readdir, realpath, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { pathToFileURL } from 'node:url'
import {
  byBytes,
  type FolderEntry,
  KeyConflictError,
  type ObjectEntry,
  ObjectNotFoundError,
  type ObjectStore,
  requireFolder,
  requireKey,
} from '../object-store.ts'

/** Where bytes are written before they get their name; no key can lie in it. */
const drafts = '.waymark-drafts'

/**
 * Keeps each object as a file below `root`, which is made where it is not there. Symbolic links below `root`
 * are never followed.
 */
export async function folderStore(root: string): Promise<ObjectStore> {
  await mkdir(join(root, drafts), { recursive: true })
  const base = await realpath(root)
  await sweep(join(base, drafts))
  return new FolderStore(base)
}

/** What a killed process left half written; a day without a byte is no upload any more. */
async function sweep(folder: string): Promise<void> {
  const oldest = Date.now() - 24 * 60 * 60 * 1000
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const found = await lstat(path).catch(() => undefined) // another process placed it just now
    if (found && found.mtimeMs < oldest) await rm(path, { recursive: true, force: true })
  }
}

class FolderStore implements ObjectStore {
  readonly address: string
  readonly #root: string

  constructor(root: string) {
    this.#root = root
    this.address = pathToFileURL(root).href
  }

  async put(key: string, bytes: Readable | Uint8Array): Promise<void> {
    const path = this.#path(key)
    const draft = join(this.#root, drafts, randomUUID())
    const source = bytes instanceof Uint8Array ? Readable.from([bytes], { objectMode: false }) : bytes
    try {
      await pipeline(source, createWriteStream(draft, { flags: 'wx', flush: true }))
      await this.#place(draft, path, key)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
    await this.#flushNames(dirname(path))
  }

  async get(key: string, range?: { start: number; end?: number }): Promise<Readable> {
    const found = await this.#find(key)
    if (!found?.isFile()) throw new ObjectNotFoundError(key, this.address)
    try {
      const file = await open(this.#path(key), constants.O_RDONLY | constants.O_NOFOLLOW)
      return file.createReadStream({
        start: range?.start ?? 0,
        ...(range?.end === undefined ? {} : { end: range.end }),
      })
    } catch (error) {
      if (codeOf(error) === 'ENOENT') throw new ObjectNotFoundError(key, this.address)
      throw error
    }
  }

  async stat(key: string) {
    const found = await this.#find(key)
    if (!found?.isFile()) return undefined
    const etag = [found.ino, found.size, Math.trunc(found.mtimeMs * 1000)].map((n) => n.toString(36)).join('-')
    return { sizeBytes: found.size, modifiedAt: Math.trunc(found.mtimeMs), etag }
  }

  async *list(folder: string): AsyncIterable<ObjectEntry> {
    for (const entry of await this.listFolder(folder)) {
      const key = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.kind === 'object') yield { key, sizeBytes: entry.sizeBytes }
      else yield* this.list(key)
    }
  }

  async listFolder(folder: string): Promise<FolderEntry[]> {
    requireFolder(folder)
    const found = folder === '' ? undefined : await this.#find(folder)
    if (folder !== '' && !found?.isDirectory()) return []
    const path = folder === '' ? this.#root : this.#path(folder)
    const names = await readdir(path).catch((error) => {
      if (codeOf(error) === 'ENOENT') return []
      throw error
    })
    const entries = await Promise.all(
      names.filter((name) => folder !== '' || name !== drafts).map((name) => entryOf(join(path, name), name)),
    )
    return entries.filter((entry) => entry !== undefined).sort(byKey)
  }

  async delete(key: string): Promise<void> {
    const found = await this.#find(key)
    if (!found || found.isDirectory()) return
    const path = this.#path(key)
    await rm(path, { force: true })
    await this.#prune(dirname(path))
  }

  async deleteFolder(folder: string): Promise<void> {
    requireFolder(folder)
    if (folder === '') {
      const names = (await readdir(this.#root)).filter((name) => name !== drafts)
      await Promise.all(names.map((name) => rm(join(this.#root, name), { recursive: true, force: true })))
      return
    }
    if (!(await this.#find(folder))?.isDirectory()) return
    // out of sight first, so that a delete that is cut off does not leave half a folder
    const out = join(this.#root, drafts, randomUUID())
    await rename(this.#path(folder), out)
    await rm(out, { recursive: true, force: true })
    await this.#prune(dirname(this.#path(folder)))
  }

  #path(key: string): string {
    requireKey(key)
    if (key === drafts || key.startsWith(`${drafts}/`)) throw new KeyConflictError(key, this.address)
    return join(this.#root, ...key.split('/'))
  }

  /** What is under `key`, reached through real folders only. */
  async #find(key: string): Promise<Stats | undefined> {
    const path = this.#path(key)
    try {
      const [found, folder] = [await lstat(path), await realpath(dirname(path))]
      return folder === dirname(path) ? found : undefined
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined
      throw error
    }
  }

  async #place(draft: string, path: string, key: string): Promise<void> {
    const folder = dirname(path)
    for (let attempt = 1; ; attempt++) {
      try {
        // before mkdir, which would make folders behind a link
        if (!(await this.#isPlain(folder))) throw new KeyConflictError(key, this.address)
        await mkdir(folder, { recursive: true })
        await rename(draft, path)
        return
      } catch (error) {
        const code = codeOf(error)
        if (['EEXIST', 'ENOTDIR', 'EISDIR', 'ENOTEMPTY'].includes(code)) {
          throw new KeyConflictError(key, this.address, { cause: error })
        }
        // the folder was pruned between mkdir and rename
        if (code !== 'ENOENT' || attempt === 5) throw error
      }
    }
  }

  /** A name lasts through a power cut only when its folder is on disk too, and the name of that one (fsync(2)). */
  async #flushNames(folder: string): Promise<void> {
    for (let path = folder; ; path = dirname(path)) {
      try {
        await using handle = await open(path, constants.O_RDONLY)
        await handle.sync()
      } catch (error) {
        // another request deleted it meanwhile; a file system that has no such thing
        if (!['ENOENT', 'EINVAL', 'ENOTSUP', 'EBADF'].includes(codeOf(error))) throw error
      }
      if (path === this.#root) return
    }
  }

  /** Whether what is there of `folder` is folders only, and no link to one. */
  async #isPlain(folder: string): Promise<boolean> {
    for (let path = folder; path.startsWith(this.#root + sep); path = dirname(path)) {
      const found = await lstat(path).catch((error) => {
        if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return undefined
        throw error
      })
      if (found) return found.isDirectory() && (await realpath(path)) === path
    }
    return true
  }

  /** Removes folders that became empty: without objects there is no folder. */
  async #prune(folder: string): Promise<void> {
    for (let path = folder; path.startsWith(this.#root + sep); path = dirname(path)) {
      try {
        await rmdir(path)
      } catch (error) {
        if (['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error))) return
        throw error
      }
    }
  }
}

async function entryOf(path: string, name: string): Promise<FolderEntry | undefined> {
  const found = await lstat(path).catch((error) => {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (found?.isDirectory()) return { kind: 'folder', name }
  return found?.isFile() ? { kind: 'object', name, sizeBytes: found.size } : undefined
}

/** As keys sort: a folder `a` stands for keys that begin with `a/`. */
function byKey(a: FolderEntry, b: FolderEntry): number {
  const name = (entry: FolderEntry) => (entry.kind === 'folder' ? `${entry.name}/` : entry.name)
  return byBytes(name(a), name(b))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
