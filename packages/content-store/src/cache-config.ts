import { resolve } from 'node:path'
import { readConfigSection } from './state-config.ts'

export const linkTypes = ['reflink', 'hardlink', 'symlink', 'copy'] as const
export type LinkType = (typeof linkTypes)[number]

/** What the `cache` section of a project's config says. */
export interface CacheConfig {
  /** absolute */
  readonly dir: string
  /** In the order in which they are tried. */
  readonly links: readonly LinkType[]
}

/**
 * The `cache` section of a project's config.
 * @throws {CacheConfigError} for a link type that does not exist
 */
export function readCacheConfig(stateFolder: string): CacheConfig {
  const values = readConfigSection(stateFolder, 'cache')
  const dir = values.get('dir')
  const type = values.get('type')
  return {
    dir: resolve(stateFolder, dir?.value || 'cache'),
    links: type?.value ? type.value.split(',').map((word) => linkType(word.trim(), type.file)) : ['reflink', 'copy'],
  }
}

export class CacheConfigError extends Error {
  constructor(file: string, what: string) {
    super(`Cannot use ${file}: ${what}`)
    this.name = 'CacheConfigError'
  }
}

function linkType(word: string, file: string): LinkType {
  const found = linkTypes.find((type) => type === word)
  if (!found) throw new CacheConfigError(file, `cache.type ${JSON.stringify(word)} is none of ${linkTypes.join(', ')}`)
  return found
}
