import { join } from 'node:path'
import { readTextOf } from './read-text.ts'

/** A setting and the file it stands in. */
export interface Setting {
  readonly value: string
  readonly file: string
}

/** One section of `config` and, over it, `config.local` of a state folder: INI files as DVC writes them. */
export function readConfigSection(stateFolder: string, section: string): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>()
  for (const name of ['config', 'config.local']) {
    const file = join(stateFolder, name)
    for (const [key, value] of readSection(file, section)) settings.set(key, { value, file })
  }
  return settings
}

function readSection(file: string, section: string): [string, string][] {
  const settings: [string, string][] = []
  let inside = false
  for (const line of (readTextOf(file) ?? '').split(/\r?\n/)) {
    const heading = /^\s*\[(.*)\]\s*$/.exec(line)
    if (heading) inside = heading[1]?.trim() === section
    const setting = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line)
    if (inside && setting?.[1] !== undefined) settings.push([setting[1].toLowerCase(), unquoted(setting[2] ?? '')])
  }
  return settings
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text
}
