import { open } from 'node:fs/promises'
import { ReadableStream } from 'node:stream/web'
import type { ArtifactSource } from './artifacts.ts'

/** An upload of which the server takes nothing for so long has hung: our server hangs up on a silent client then, too. */
const hungAfterMs = 120_000

/** The bytes of one upload. To be disposed of: a refused request leaves a body behind that nobody reads or closes. */
export interface Upload extends AsyncDisposable {
  /** bytes */
  readonly size: number
  readonly body: ReadableStream<Uint8Array>
  /** Aborted, as by a timeout, once nothing was taken for two minutes; how long all of it takes is not bounded. */
  readonly signal: AbortSignal
}

/** @throws where the file is not there. */
export async function openUpload(source: ArtifactSource): Promise<Upload> {
  const { size, pieces, close } = 'bytes' in source ? inMemory(source.bytes) : await onDisk(source.file)
  const late = new AbortController()
  const giveUp = () => late.abort(new DOMException(`nothing was taken for ${hungAfterMs / 1000} s`, 'TimeoutError'))
  const timer = setTimeout(giveUp, hungAfterMs)
  return {
    size,
    body: ReadableStream.from(watched(pieces, () => timer.refresh())),
    signal: late.signal,
    async [Symbol.asyncDispose]() {
      clearTimeout(timer)
      await close()
    },
  }
}

interface Source {
  readonly size: number
  readonly pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  close(): Promise<void>
}

function inMemory(bytes: Uint8Array): Source {
  return { size: bytes.byteLength, pieces: piecesOf(bytes), close: async () => {} }
}

async function onDisk(path: string): Promise<Source> {
  const file = await open(path)
  const stream = file.createReadStream({ autoClose: false })
  return {
    size: (await file.stat()).size,
    pieces: stream,
    async close() {
      stream.destroy()
      await file.close()
    },
  }
}

function* piecesOf(bytes: Uint8Array, size = 64 * 1024): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}

async function* watched(pieces: Source['pieces'], onTaken: () => void): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    onTaken()
    yield piece
  }
}
