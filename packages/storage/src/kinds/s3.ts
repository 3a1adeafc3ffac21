import type { Readable } from 'node:stream'
import { Client, S3Error } from 'minio'
import {
  type ByteRange,
  byBytes,
  type FolderEntry,
  KeyConflictError,
  ObjectNotFoundError,
  type ObjectStore,
  requireFolder,
  requireKey,
} from '../object-store.ts'
import { type ListedPage, listPage } from './s3-list.ts'

export interface S3Place {
  readonly bucket: string
  /** Stands before every key, without `/` at its ends; `''` for none. */
  readonly folder: string
  /** `https://host:port` of an S3 server; undefined for Amazon's. */
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  readonly accessKey?: string | undefined
  readonly secretKey?: string | undefined
  readonly sessionToken?: string | undefined
}

/** An upload's part. At most one part of each upload is in memory; 10,000 of them are 160 GB. */
const partBytes = 16 * 1024 * 1024

/** Keeps objects in a bucket of an S3 server; the bucket is made where it is not there. */
export async function s3Store(place: S3Place): Promise<ObjectStore> {
  const client = new Client(clientOptions(place))
  if (!(await client.bucketExists(place.bucket))) {
    await client.makeBucket(place.bucket, place.region ?? '').catch((error) => {
      if (!isS3(error, 'BucketAlreadyOwnedByYou', 'BucketAlreadyExists')) throw error // another process was first
    })
  }
  return new S3Store(client, place)
}

class S3Store implements ObjectStore {
  readonly address: string
  readonly #client: Client
  readonly #bucket: string
  readonly #prefix: string

  constructor(client: Client, { bucket, folder }: S3Place) {
    this.address = `s3://${[bucket, folder].filter(Boolean).join('/')}`
    this.#client = client
    this.#bucket = bucket
    this.#prefix = folder === '' ? '' : `${folder}/`
  }

  async put(key: string, bytes: Readable | Uint8Array): Promise<void> {
    const name = this.#name(key)
    try {
      await this.#refuseNesting(key)
      if (bytes instanceof Uint8Array && bytes.length <= partBytes) {
        await this.#client.putObject(this.#bucket, name, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      } else {
        await this.#putStream(name, bytes instanceof Uint8Array ? [bytes] : bytes)
      }
    } catch (error) {
      if (isS3(error, 'ObjectParentIsFile', 'ExistingObjectIsDirectory')) {
        throw new KeyConflictError(key, this.address, { cause: error })
      }
      throw error
    }
  }

  async get(key: string, range?: ByteRange): Promise<Readable> {
    const name = this.#name(key)
    try {
      if (!range) return await this.#client.getObject(this.#bucket, name)
      const length = range.end === undefined ? 0 : range.end - range.start + 1 // 0: to the end
      return await this.#client.getPartialObject(this.#bucket, name, range.start, length)
    } catch (error) {
      if (isMissing(error)) throw new ObjectNotFoundError(key, this.address)
      throw error
    }
  }

  async stat(key: string) {
    const name = this.#name(key)
    try {
      const { size, lastModified, etag } = await this.#client.statObject(this.#bucket, name)
      return { sizeBytes: size, modifiedAt: lastModified.getTime(), etag }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async *list(folder: string) {
    for await (const { objects } of this.#pages(folder, '')) {
      for (const { name, sizeBytes } of objects) {
        if (name.endsWith('/')) continue // other programs' marks of empty folders
        yield { key: name.slice(this.#prefix.length), sizeBytes }
      }
    }
  }

  async listFolder(folder: string): Promise<FolderEntry[]> {
    const entries: FolderEntry[] = []
    const start = this.#prefix.length + (folder === '' ? 0 : folder.length + 1)
    for await (const { objects, prefixes } of this.#pages(folder, '/')) {
      for (const prefix of prefixes) entries.push({ kind: 'folder', name: prefix.slice(start, -1) })
      for (const { name, sizeBytes } of objects) {
        if (name.length > start) entries.push({ kind: 'object', name: name.slice(start), sizeBytes })
      }
    }
    return entries.sort((a, b) => byBytes(a.name, b.name))
  }

  async delete(key: string): Promise<void> {
    await this.#client.removeObject(this.#bucket, this.#name(key)).catch((error) => {
      if (!isMissing(error)) throw error
    })
  }

  async deleteFolder(folder: string): Promise<void> {
    for await (const batch of inBatches(this.list(folder), 1000)) {
      const names = batch.map(({ key }) => this.#prefix + key)
      const failed = (await this.#client.removeObjects(this.#bucket, names)).find((result) => result?.Error)
      if (failed?.Error)
        throw new Error(`Cannot delete "${folder}" in ${this.address}: ${failed.Error.Message ?? failed.Error.Code}`)
    }
  }

  #name(key: string): string {
    requireKey(key)
    return this.#prefix + key
  }

  /** S3 itself would keep `a` beside `a/b`; a server that keeps files could not, and neither could a copy on disk. */
  async #refuseNesting(key: string): Promise<void> {
    const segments = key.split('/')
    const folders = segments.slice(1).map((_segment, index) => segments.slice(0, index + 1).join('/'))
    const below = listPage(this.#client, this.#bucket, { prefix: `${this.#prefix}${key}/`, limit: 1 })
    const [inside, ...above] = await Promise.all([below, ...folders.map((folder) => this.stat(folder))])
    if (inside.objects.length > 0 || above.some((found) => found !== undefined)) {
      throw new KeyConflictError(key, this.address)
    }
  }

  /** Small streams go up at once, larger ones in parts; a source that fails leaves nothing. */
  async #putStream(name: string, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    let upload: string | undefined
    const done: { part: number; etag: string }[] = []
    try {
      for await (const { bytes, isLast } of parts(source)) {
        if (isLast && upload === undefined) {
          await this.#client.putObject(this.#bucket, name, bytes)
          return
        }
        upload ??= await this.#client.initiateNewMultipartUpload(this.#bucket, name, {})
        const target = { bucketName: this.#bucket, objectName: name, uploadID: upload, partNumber: done.length + 1 }
        const { part, etag } = await this.#client.uploadPart({ ...target, headers: {} }, bytes)
        done.push({ part, etag })
      }
      if (upload) await this.#client.completeMultipartUpload(this.#bucket, name, upload, done)
    } catch (error) {
      if (upload) await this.#client.abortMultipartUpload(this.#bucket, name, upload)
      throw error
    }
  }

  async *#pages(folder: string, delimiter: '' | '/'): AsyncIterable<ListedPage> {
    requireFolder(folder)
    const prefix = this.#prefix + (folder === '' ? '' : `${folder}/`)
    let token: string | undefined
    do {
      const page = await listPage(this.#client, this.#bucket, { prefix, delimiter, token })
      yield page
      token = page.next
    } while (token)
  }
}

/** Cuts a stream into parts of one size; the last one is shorter, and empty only for an empty stream. */
async function* parts(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncIterable<{ bytes: Buffer; isLast: boolean }> {
  let pending: Uint8Array[] = []
  let size = 0
  for await (const chunk of source) {
    pending.push(chunk)
    size += chunk.length
    while (size > partBytes) {
      const whole = Buffer.concat(pending)
      yield { bytes: whole.subarray(0, partBytes), isLast: false }
      pending = [whole.subarray(partBytes)]
      size -= partBytes
    }
  }
  yield { bytes: Buffer.concat(pending), isLast: true }
}

async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncIterable<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function clientOptions({ endpoint, region, accessKey, secretKey, sessionToken }: S3Place) {
  const url = new URL(endpoint ?? 'https://s3.amazonaws.com')
  return {
    endPoint: url.hostname,
    useSSL: url.protocol === 'https:',
    pathStyle: endpoint !== undefined,
    ...(url.port ? { port: Number(url.port) } : {}),
    ...(region ? { region } : {}),
    ...(accessKey ? { accessKey } : {}),
    ...(secretKey ? { secretKey } : {}),
    ...(sessionToken ? { sessionToken } : {}),
  }
}

function isMissing(error: unknown): boolean {
  return isS3(error, 'NotFound', 'NoSuchKey')
}

function isS3(error: unknown, ...codes: string[]): boolean {
  return error instanceof S3Error && 'code' in error && codes.includes(String(error.code))
}
