/**
 * Downloaded models on this machine's disk, so that a restart serves without the tracking server:
 *   <folder>/<content hash>/…   one model, complete or not there
 *   <folder>/<alias>.json      which of them the alias stood for when it was last seen
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { contentHash } from '@waymark/client/content-hash'
import { z } from 'zod'

const Pointer = z.object({
  trackingUri: z.string(),
  name: z.string(),
  alias: z.string(),
  version: z.string(),
  /** Tells this version from one of the same number in another database. */
  identity: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
/** What an alias stood for when it was last seen. */
export type Pointer = z.output<typeof Pointer>

type Followed = Pick<Pointer, 'trackingUri' | 'name' | 'alias'>

/** A download that nobody has touched for an hour is the rest of a process that died. */
const abandonedMs = 3_600_000

/**
 * Puts the files that `download` writes into the cache; a model that is already there is not written twice.
 * @param expected content hash that was registered, where one was
 * @returns the folder of the model and its content hash.
 * @throws where what arrived is not what was registered; nothing is kept then.
 */
export async function addToCache(
  folder: string,
  download: (to: string) => Promise<unknown>,
  expected: string | undefined,
): Promise<{ folder: string; sha256: string }> {
  await mkdir(folder, { recursive: true })
  const beside = join(folder, `.part-${randomUUID()}`)
  try {
    await mkdir(beside)
    await download(beside)
    const sha256 = await contentHash(beside)
    if (expected !== undefined && sha256 !== expected) {
      throw new Error(
        `The files that arrived are not the ones that were registered: their hash is ${sha256}, expected ${expected}`,
      )
    }
    const place = join(folder, sha256)
    await rename(beside, place).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      // Already there: unless somebody has changed it, it is the same.
      if ((await contentHash(place)) === sha256) return
      await rm(place, { recursive: true })
      await rename(beside, place)
    })
    return { folder: place, sha256 }
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/** Notes what the alias stands for, and removes models that no alias of this cache stands for any more. */
export async function remember(folder: string, pointer: Pointer): Promise<void> {
  const file = pointerFile(folder, pointer)
  const beside = `${file}.${randomUUID()}`
  await writeFile(beside, `${JSON.stringify(pointer, undefined, 2)}\n`)
  await rename(beside, file)
  await prune(folder)
}

/** @returns the model that the alias last stood for and its folder; undefined where there is none, or its files are not what they were. */
export async function recall(folder: string, followed: Followed): Promise<(Pointer & { folder: string }) | undefined> {
  const pointer = await readPointer(pointerFile(folder, followed))
  if (
    !pointer ||
    pointer.trackingUri !== followed.trackingUri ||
    pointer.name !== followed.name ||
    pointer.alias !== followed.alias
  )
    return undefined
  const place = join(folder, pointer.sha256)
  const sha256 = await contentHash(place).catch(nothingThere)
  return sha256 === pointer.sha256 ? { ...pointer, folder: place } : undefined
}

async function prune(folder: string): Promise<void> {
  const entries = await readdir(folder)
  const pointers = await Promise.all(
    entries.filter((entry) => entry.endsWith('.json')).map((entry) => readPointer(join(folder, entry))),
  )
  const wanted = new Set(pointers.map((pointer) => pointer?.sha256))
  for (const entry of entries) {
    const unwanted = /^[0-9a-f]{64}$/.test(entry)
      ? !wanted.has(entry)
      : entry.startsWith('.part-') && (await ageMs(join(folder, entry))) > abandonedMs
    if (unwanted) await rm(join(folder, entry), { recursive: true, force: true })
  }
}

async function ageMs(path: string): Promise<number> {
  const found = await stat(path).catch(nothingThere)
  return found ? Date.now() - found.mtimeMs : 0
}

async function readPointer(file: string): Promise<Pointer | undefined> {
  const text = await readFile(file, 'utf8').catch(nothingThere)
  if (text === undefined) return undefined
  // A file that is not ours, or of another version, is as good as none: the next look at the server writes it anew.
  return Pointer.safeParse(parseJson(text)).data
}

/** Names that differ give files that differ, on a file system that folds case too. */
function pointerFile(folder: string, { trackingUri, name, alias }: Followed): string {
  const key = createHash('sha256')
    .update(JSON.stringify([trackingUri, name, alias]))
    .digest('hex')
    .slice(0, 16)
  return join(folder, `${key}.json`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function nothingThere(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
}
