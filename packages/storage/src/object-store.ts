import type { Readable } from 'node:stream'

/** A place that keeps bytes under keys: a folder, an S3 bucket, memory in a test. */
export interface ObjectStore {
  /** Where it is, without credentials: for messages. */
  readonly address: string
  /**
   * Writes `bytes` under `key`, replacing what was there. Readers see the old bytes or the new ones, never a
   * part: bytes that end with an error, or that end early, leave the key as it was.
   * @throws {KeyConflictError} where `key` is the folder of another key, or another key is a folder of it.
   */
  put(key: string, bytes: Readable | Uint8Array): Promise<void>
  /** @throws {ObjectNotFoundError} where nothing is kept under `key`. */
  get(key: string, range?: ByteRange): Promise<Readable>
  /** @returns undefined where nothing is kept under `key`. */
  stat(key: string): Promise<ObjectStat | undefined>
  /** Everything below `folder` (`''` for all), by key in byte order. */
  list(folder: string): AsyncIterable<ObjectEntry>
  /** What is directly in `folder`, by name in byte order; nothing for a folder that is not there or is an object. */
  listFolder(folder: string): Promise<FolderEntry[]>
  /** Deletes one object; one that is not there is deleted already. */
  delete(key: string): Promise<void>
  /** Deletes everything below `folder`. */
  deleteFolder(folder: string): Promise<void>
}

/** The bytes from `start` to `end`, both included, from 0; to the last one without `end`. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

export interface ObjectStat {
  readonly sizeBytes: number
  /** ms since epoch */
  readonly modifiedAt: number
  /** Changes with the bytes; without quotes. */
  readonly etag: string
}

export interface ObjectEntry {
  readonly key: string
  readonly sizeBytes: number
}

export type FolderEntry =
  | { readonly kind: 'folder'; readonly name: string }
  | { readonly kind: 'object'; readonly name: string; readonly sizeBytes: number }

export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError'
  readonly key: string

  constructor(key: string, address: string) {
    super(`There is nothing under ${JSON.stringify(key)} in ${address}`)
    this.key = key
  }
}

/** A key is the folder of another key. No store could keep both everywhere: a folder on disk cannot. */
export class KeyConflictError extends Error {
  override readonly name = 'KeyConflictError'

  constructor(key: string, address: string, options?: ErrorOptions) {
    super(
      `Cannot keep ${JSON.stringify(key)} in ${address}: it is the folder of other objects, or lies below an object. Choose another name`,
      options,
    )
  }
}

export class InvalidKeyError extends Error {
  override readonly name = 'InvalidKeyError'
}

/**
 * A key is a relative path in its shortest form: segments of 1 to 255 bytes, none of them `.` or `..`, with
 * one `/` between, without control characters and backslashes; 1024 bytes in all (S3's limit).
 * @throws {InvalidKeyError}
 */
export function requireKey(key: string): void {
  const fault = faultOf(key)
  if (fault) throw new InvalidKeyError(`Cannot use ${JSON.stringify(key.slice(0, 200))} as a key: ${fault}`)
}

/** As `requireKey`, with `''` for the whole store. @throws {InvalidKeyError} */
export function requireFolder(folder: string): void {
  if (folder !== '') requireKey(folder)
}

/** Compares keys by their UTF-8 bytes, as S3 lists them. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function faultOf(key: string): string | undefined {
  if (Buffer.byteLength(key) > 1024) return 'it is longer than 1024 bytes'
  if (!key.isWellFormed()) return 'it is not well-formed Unicode'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\u007f\\]/.test(key)) return 'it holds a control character or a backslash'
  for (const segment of key.split('/')) {
    if (segment === '') return 'it has an empty segment'
    if (segment === '.' || segment === '..') return 'it has a segment "." or ".."'
    if (Buffer.byteLength(segment) > 255) return 'it has a segment longer than 255 bytes'
  }
  return undefined
}
