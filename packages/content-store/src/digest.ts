import { createHash, hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** Files up to this many bytes are read and hashed in one go. */
export const smallFileBytes = 1024 * 1024
const blockBytes = 4 * 1024 * 1024

/** MD5 of text (as UTF-8) or bytes, 32 lower-case hex digits. */
export function md5Of(content: string | Uint8Array): string {
  return hash('md5', content)
}

/** MD5 of a small file's bytes, read at once. */
export function md5OfSmallFile(path: string): string {
  return hash('md5', readFileSync(path))
}

/** MD5 of a file's raw bytes, in blocks, without keeping the event loop from other work. */
export async function md5OfFile(path: string, signal?: AbortSignal): Promise<string> {
  await using file = await open(path, 'r')
  const md5 = createHash('md5')
  const block = Buffer.allocUnsafe(blockBytes)
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(block, 0, blockBytes)
    if (bytesRead === 0) return md5.digest('hex')
    md5.update(block.subarray(0, bytesRead))
  }
}
