import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { promisify } from 'node:util'

const few = 16

/**
 * Makes sure that the bytes of these files are on disk. Many files of one file system are flushed together, because a
 * flush of each would take many times as long.
 * @param folder lies on the same file system as the files
 */
export async function flushFiles(paths: readonly string[], folder: string): Promise<void> {
  if (paths.length > few && (await flushFileSystem(folder))) return
  for (let from = 0; from < paths.length; from += few) await Promise.all(paths.slice(from, from + few).map(flushFile))
}

/** @returns false where this system's `sync` cannot do it */
async function flushFileSystem(folder: string): Promise<boolean> {
  try {
    await promisify(execFile)('sync', ['-f', folder])
    return true
  } catch {
    return false
  }
}

async function flushFile(path: string): Promise<void> {
  await using file = await open(path, 'r')
  await file.sync()
}
