import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/**
 * Writes a file beside its place and renames it into place: readers see the old content or the new, never a part.
 * @param durable flush the bytes to disk before the rename, so that also a power cut leaves one or the other
 */
export function writeBeside(path: string, content: string | Uint8Array, options: { durable?: boolean } = {}): void {
  const beside = besideName(path)
  try {
    const file = openSync(beside, 'wx', 0o666)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
      if (options.durable) fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}

/** A name in the same folder that nobody else uses. */
export function besideName(path: string): string {
  return `${path}.${process.pid.toString(36)}${randomBytes(6).toString('hex')}.tmp`
}
