import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  byBytes,
  type FolderEntry,
  KeyConflictError,
  ObjectNotFoundError,
  type ObjectStore,
  requireFolder,
  requireKey,
} from '../object-store.ts'

interface Kept {
  readonly bytes: Buffer
  readonly modifiedAt: number
}

/** Keeps bytes in this process: for tests. */
export function memoryStore({ clock = Date.now }: { clock?: () => number } = {}): ObjectStore {
  const objects = new Map<string, Kept>()
  const address = 'memory:'
  const below = (folder: string) =>
    [...objects.keys()].filter((key) => folder === '' || key.startsWith(`${folder}/`)).sort(byBytes)
  return {
    address,
    async put(key, bytes) {
      requireKey(key)
      const whole = bytes instanceof Uint8Array ? Buffer.from(bytes) : await buffer(bytes)
      const isTaken = below(key).length > 0 || foldersOf(key).some((folder) => objects.has(folder))
      if (isTaken) throw new KeyConflictError(key, address)
      objects.set(key, { bytes: whole, modifiedAt: clock() })
    },
    async get(key, range) {
      requireKey(key)
      const kept = objects.get(key)
      if (!kept) throw new ObjectNotFoundError(key, address)
      const end = range?.end === undefined ? undefined : range.end + 1
      return Readable.from([kept.bytes.subarray(range?.start ?? 0, end)], { objectMode: false })
    },
    async stat(key) {
      requireKey(key)
      const kept = objects.get(key)
      if (!kept) return undefined
      const etag = createHash('md5').update(kept.bytes).digest('hex')
      return { sizeBytes: kept.bytes.length, modifiedAt: kept.modifiedAt, etag }
    },
    async *list(folder) {
      requireFolder(folder)
      for (const key of below(folder)) yield { key, sizeBytes: objects.get(key)?.bytes.length ?? 0 }
    },
    async listFolder(folder) {
      requireFolder(folder)
      const entries = new Map<string, FolderEntry>()
      for (const key of below(folder)) {
        const [name = '', ...rest] = key.slice(folder === '' ? 0 : folder.length + 1).split('/')
        const sizeBytes = objects.get(key)?.bytes.length ?? 0
        entries.set(name, rest.length > 0 ? { kind: 'folder', name } : { kind: 'object', name, sizeBytes })
      }
      return [...entries.values()].sort((a, b) => byBytes(a.name, b.name))
    },
    async delete(key) {
      requireKey(key)
      objects.delete(key)
    },
    async deleteFolder(folder) {
      requireFolder(folder)
      for (const key of below(folder)) objects.delete(key)
    },
  }
}

/** `a` and `a/b` for `a/b/c` */
function foldersOf(key: string): string[] {
  const segments = key.split('/')
  return segments.slice(1).map((_segment, index) => segments.slice(0, index + 1).join('/'))
}
