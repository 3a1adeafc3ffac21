import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { filesBelow } from './artifacts.ts'

/** @returns the hex digest of a file's content. */
export async function fileHash(file: string, algorithm: 'md5' | 'sha256'): Promise<string> {
  const hash = createHash(algorithm)
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

/**
 * The identity of a model folder: SHA-256, in hex, of one line `<SHA-256 of the file>  <path>` per file, sorted by
 * path. Neither times nor the folder's own name count.
 */
export async function contentHash(folder: string): Promise<string> {
  const hash = createHash('sha256')
  for (const file of await filesBelow(folder)) {
    hash.update(`${await fileHash(join(folder, file), 'sha256')}  ${file}\n`)
  }
  return hash.digest('hex')
}
