import { chmodSync, constants, copyFileSync, linkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import type { LinkType } from './cache-config.ts'
import { smallFileBytes } from './digest.ts'
import { hasCode } from './fs-errors.ts'
import { besideName } from './write-beside.ts'

/** What file systems answer that cannot make such a link between these two places. */
const cannotLink = [
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EXDEV',
  'ENOTTY',
  'ENOSYS',
  'EINVAL',
  'EAGAIN',
  'EMLINK',
  'EACCES',
]

/** Tries link types in order, and stays with the first that works here. */
export class Linker {
  #types: readonly LinkType[]

  constructor(types: readonly LinkType[]) {
    this.#types = types
  }

  /** Puts a cache object in the workspace under `target`, replacing a file there; the old file or the new is seen. */
  async toWorkspace(object: string, target: string, file: { size: number; isexec: boolean }): Promise<void> {
    const beside = besideName(target)
    try {
      await this.#first(async (type) => {
        // A link shares the object's mode and bytes, so a program or an empty file gets its own.
        if (type === 'hardlink' && !file.isexec && file.size > 0) linkSync(object, beside)
        else if (type === 'symlink' && !file.isexec && file.size > 0) symlinkSync(object, beside)
        else {
          await copyBytes(object, beside, file.size, type)
          chmodSync(beside, file.isexec ? 0o777 & ~umask : 0o666 & ~umask)
        }
      })
      renameSync(beside, target)
    } catch (error) {
      rmSync(beside, { force: true })
      throw error
    }
  }

  /** Gives a workspace file's bytes a second name `target` in the cache: shared where the type allows, else copied. */
  async toCache(source: string, target: string, file: { size: number; isexec: boolean }): Promise<void> {
    await this.#first(async (type) => {
      if (type === 'hardlink' && !file.isexec && file.size > 0) linkSync(source, target)
      else await copyBytes(source, target, file.size, type)
    })
  }

  async #first(attempt: (type: LinkType) => Promise<void>): Promise<void> {
    for (;;) {
      const [type, ...rest] = this.#types
      try {
        return await attempt(type ?? 'copy')
      } catch (error) {
        if (type === undefined || !cannotLink.some((code) => hasCode(error, code))) throw error
        this.#types = rest
      }
    }
  }
}

/** Node reads the umask only by setting it; it is the same for the whole process. */
const umask = process.umask()

async function copyBytes(source: string, target: string, size: number, type: LinkType): Promise<void> {
  const mode = constants.COPYFILE_EXCL | (type === 'reflink' ? constants.COPYFILE_FICLONE_FORCE : 0)
  if (size <= smallFileBytes) copyFileSync(source, target, mode)
  else await copyFile(source, target, mode)
}
