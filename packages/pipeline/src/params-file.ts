import { readTextOf } from '@waymark/content-store/read-text'
import { PipelineError, quote } from './errors.ts'
import { readJson } from './read-json.ts'
import { type Key, keyText, type Read, type Value, valueAt } from './values.ts'

/** Reads params files; what has not changed since the last time is not parsed again. */
export interface ParamsFiles {
  /**
   * @param shown the path as the user wrote it, for messages
   * @returns undefined where there is no such file
   */
  read(path: string, shown: string): Promise<ParamsFile | undefined>
}

export interface ParamsFile {
  /** What a tracked key holds, or everything under its top-level keys. */
  pick(keys: readonly string[] | 'all'): ReadonlyMap<string, Value>
}

export function paramsFiles(): ParamsFiles {
  const parsed = new Map<string, { text: string; content: ReadonlyMap<Key, Read> }>()
  return {
    async read(path, shown) {
      const text = readTextOf(path)
      if (text === undefined) return undefined
      const known = parsed.get(path)
      if (known?.text === text) return paramsFile(known.content, shown)
      const content = await readParams(text, path, shown)
      parsed.set(path, { text, content })
      return paramsFile(content, shown)
    },
  }
}

/** By suffix: `.json`, `.toml`, else YAML 1.2. An empty file is an empty map. */
async function readParams(text: string, path: string, shown: string): Promise<ReadonlyMap<Key, Read>> {
  if (path.endsWith('.py')) {
    throw new PipelineError(
      `Cannot read params from ${quote(shown)}: Python params files are not supported yet. Move them to a YAML, JSON or TOML file`,
    )
  }
  const content = (await parse(text, path, shown)) ?? new Map<Key, Read>()
  if (!(content instanceof Map)) {
    throw new PipelineError(
      `Cannot read params from ${quote(shown)}: its top level is not a map. Give each value a name`,
    )
  }
  return content
}

function paramsFile(content: ReadonlyMap<Key, Read>, shown: string): ParamsFile {
  return {
    pick(keys) {
      const picked = new Map<string, Value>()
      if (keys === 'all') {
        for (const [key, value] of content) picked.set(keyText(key), checked(value, `${shown}:${keyText(key)}`))
      } else {
        for (const key of keys) {
          const value = valueAt(content, key)
          if (value !== undefined) picked.set(key, checked(value, `${shown}:${key}`))
        }
      }
      return picked
    },
  }
}

async function parse(text: string, path: string, shown: string): Promise<Read> {
  if (path.endsWith('.json')) return text.trim() === '' ? null : readJson(text, shown)
  if (path.endsWith('.toml')) return (await import('./read-toml.ts')).readToml(text, shown)
  return (await import('./read-yaml.ts')).readYaml(text, shown).value
}

/** DVC takes no dates as params, because a lock could not tell them from text. */
function checked(value: Read, where: string): Value {
  if (value instanceof Date) {
    throw new PipelineError(`Cannot track the param ${where}: it is a date (${value.toISOString()}). Put it in quotes`)
  }
  if (value instanceof Map) for (const [key, item] of value) checked(item, `${where}.${keyText(key)}`)
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) checked(item, `${where}.${i}`)
  // Every part was just seen to be no date.
  return value as Value
}
