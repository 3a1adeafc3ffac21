import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { isMissing } from './fs-errors.ts'

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
 * Reads `config` and, over it, `config.local` of the state folder (DVC's INI files).
 * @throws {CacheConfigError} for a link type that does not exist
 */
export function readCacheConfig(stateFolder: string): CacheConfig {
  const values = new Map<string, { value: string; file: string }>()
  for (const name of ['config', 'config.local']) {
    const file = join(stateFolder, name)
    for (const [key, value] of cacheSection(file)) values.set(key, { value, file })
  }
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

function cacheSection(file: string): [string, string][] {
  const settings: [string, string][] = []
  let inSection = false
  for (const line of readText(file).split(/\r?\n/)) {
    const section = /^\s*\[(.*)\]\s*$/.exec(line)
    if (section) inSection = section[1]?.trim() === 'cache'
    const setting = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line)
    if (inSection && setting?.[1] !== undefined) settings.push([setting[1].toLowerCase(), unquoted(setting[2] ?? '')])
  }
  return settings
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}
