import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { ObjectStat, ObjectStore } from '@waymark/storage/object-store'
import { notFound } from '../http/mlflow-error.ts'
import { contentTypeOf } from './content-type.ts'

/**
 * Streams one object, whole or the range that is asked for (RFC 9110 §14). It goes out as a download that can
 * run nothing in our origin, whatever it is.
 * @throws {MlflowError} 404 where nothing is there.
 */
export async function sendObject(
  request: IncomingMessage,
  response: ServerResponse,
  { store, key, path }: { store: ObjectStore; key: string; path: string },
): Promise<void> {
  const stat = key === '' ? undefined : await store.stat(key)
  if (!stat) throw notFound(`No such artifact: '${path}'`)
  setHeaders(response, path, stat)
  if (isCurrent(request, stat)) {
    response.statusCode = 304
    response.end()
    return
  }
  const range = rangeOf(request, stat)
  if (range === 'unsatisfiable') {
    response.statusCode = 416
    response.setHeader('content-range', `bytes */${stat.sizeBytes}`)
    response.end()
    return
  }
  const length = range ? range.end - range.start + 1 : stat.sizeBytes
  response.statusCode = range ? 206 : 200
  response.setHeader('content-length', length)
  if (range) response.setHeader('content-range', `bytes ${range.start}-${range.end}/${stat.sizeBytes}`)
  if (request.method === 'HEAD' || length === 0) {
    response.end()
    return
  }
  const bytes = await store.get(key, range)
  try {
    await pipeline(bytes, response)
  } finally {
    bytes.destroy() // of a client that left meanwhile the pipeline takes nothing, and closes nothing
  }
}

function setHeaders(response: ServerResponse, path: string, stat: ObjectStat): void {
  response.setHeader('content-type', contentTypeOf(path))
  response.setHeader('content-disposition', attachment(path.split('/').at(-1) ?? ''))
  response.setHeader('content-security-policy', "sandbox; default-src 'none'")
  response.setHeader('etag', `"${stat.etag}"`)
  response.setHeader('last-modified', new Date(stat.modifiedAt).toUTCString())
  response.setHeader('accept-ranges', 'bytes')
  response.setHeader('cache-control', 'no-cache')
}

/** RFC 6266: a plain name for old readers, the real one in UTF-8 beside it. */
function attachment(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const real = encodeURIComponent(name).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${real}`
}

function isCurrent({ headers }: IncomingMessage, { etag, modifiedAt }: ObjectStat): boolean {
  const known = headers['if-none-match']
  if (known !== undefined) {
    return known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${etag}"`)
  }
  const since = Date.parse(headers['if-modified-since'] ?? '')
  return !Number.isNaN(since) && Math.floor(modifiedAt / 1000) * 1000 <= since
}

/** One range; several, or one in another unit, mean the whole. */
function rangeOf(
  { headers }: IncomingMessage,
  { sizeBytes, etag }: ObjectStat,
): { start: number; end: number } | 'unsatisfiable' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(headers.range ?? '') ?? []
  const condition = headers['if-range']
  if ((from === '' && to === '') || (condition !== undefined && condition !== `"${etag}"`)) return undefined
  const start = from === '' ? Math.max(0, sizeBytes - Number(to)) : Number(from)
  const end = from === '' || to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1)
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined
  return start >= sizeBytes || start > end ? 'unsatisfiable' : { start, end }
}
