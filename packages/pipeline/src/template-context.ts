import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { readJson } from './read-json.ts'
import { readToml } from './read-toml.ts'
import { readYaml } from './read-yaml.ts'
import { type Key, keyText, type Read } from './values.ts'

/** The names that `${…}` can use. */
export class TemplateContext {
  readonly #values: Map<Key, Read>
  /** Where the value of a dotted name came from. */
  readonly #sources: Map<string, string>
  /** By absolute path: which top-level keys of it were taken. */
  readonly #loaded: Map<string, Set<string> | 'whole'>

  constructor(from?: TemplateContext) {
    this.#values = from ? copied(from.#values) : new Map()
    this.#sources = new Map(from ? from.#sources : [])
    this.#loaded = new Map(
      [...(from ? from.#loaded : [])].map(([file, keys]) => [file, keys === 'whole' ? keys : new Set(keys)]),
    )
  }

  /**
   * Adds the entries of a `vars` list.
   * @param label what it is called in messages: `vars`, or `build.vars`
   * @param folder what file names are relative to; absolute
   * @param reserved names that must not be set
   */
  addVars(vars: readonly Read[], label: string, folder: string, reserved: readonly string[] = []): void {
    for (const [i, entry] of vars.entries()) {
      if (entry instanceof Map) this.#merge(entry, `${label}[${i}]`, reserved)
      else this.#addFile(String(entry), folder, reserved)
    }
  }

  /** `params.yaml` beside the stage file counts without being named. */
  addDefaultParams(folder: string): void {
    if (statSync(resolve(folder, 'params.yaml'), { throwIfNoEntry: false })?.isFile())
      this.#addFile('params.yaml', folder, [])
  }

  /** Sets a name whatever it held. */
  set(name: string, value: Read): void {
    this.#values.set(name, value)
  }

  /** @throws {TemplateError} where there is no such name */
  get(parts: readonly string[]): Read {
    let at: Read | undefined = this.#values
    for (const part of parts) {
      if (at instanceof Map) at = at.get(part)
      else if (Array.isArray(at)) at = /^\d+$/.test(part) ? at[Number(part)] : undefined
      else at = undefined
      if (at === undefined) throw new TemplateError(`Could not find '${parts.join('.')}'`)
    }
    return at
  }

  #addFile(entry: string, folder: string, reserved: readonly string[]): void {
    const [name = '', keyList] = entry.split(/:(.*)/s)
    const path = resolve(folder, name)
    const known = this.#loaded.get(path)
    const keys = keyList === undefined ? undefined : keyList.split(',').map((key) => key.trim())
    if (!keys) {
      if (known === 'whole') return
      if (known) throw new TemplateError(`cannot load '${name}' as it's partially loaded already`)
    } else {
      if (known === 'whole') throw new TemplateError(`cannot partially load '${entry}' as it's already loaded.`)
      if (keys.some((key) => known?.has(key)))
        throw new TemplateError(`cannot load '${entry}' as it's partially loaded already`)
    }
    const content = readVarsFile(path, name)
    this.#merge(keys ? pick(content, keys, name) : content, name, reserved)
    this.#loaded.set(path, keys ? new Set([...(known instanceof Set ? known : []), ...keys]) : 'whole')
  }

  #merge(values: ReadonlyMap<Key, Read>, source: string, reserved: readonly string[]): void {
    const taken = reserved.filter((name) => values.has(name))
    if (taken.length > 0)
      throw new TemplateError(`attempted to modify reserved key(s) ${taken.join(', ')} in '${source}'`)
    this.#mergeInto(this.#values, values, '', source)
  }

  #mergeInto(target: Map<Key, Read>, values: ReadonlyMap<Key, Read>, path: string, source: string): void {
    for (const [key, value] of values) {
      const name = path === '' ? keyText(key) : `${path}.${keyText(key)}`
      const old = target.get(key)
      if (old instanceof Map && value instanceof Map) this.#mergeInto(old, value, name, source)
      else if (old !== undefined) {
        throw new TemplateError(
          `cannot redefine '${name}' from '${source}' as it already exists in '${this.#sourceOf(name)}'`,
        )
      } else {
        target.set(key, value instanceof Map ? copied(value) : value)
        this.#sources.set(name, source)
      }
    }
  }

  #sourceOf(name: string): string {
    for (let at = name; at !== ''; at = at.includes('.') ? at.slice(0, at.lastIndexOf('.')) : '') {
      const source = this.#sources.get(at)
      if (source !== undefined) return source
    }
    return this.#sources.values().find(() => true) ?? 'vars'
  }
}

/** What is wrong with a template, without its place. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TemplateError'
  }
}

export function kindName(value: Read): string {
  if (value instanceof Map) return 'dict'
  if (Array.isArray(value)) return 'list'
  if (value === null) return 'NoneType'
  const names: Record<string, string> = { boolean: 'bool', string: 'str', bigint: 'int', number: 'float' }
  return names[typeof value] ?? 'date'
}

function readVarsFile(path: string, name: string): ReadonlyMap<Key, Read> {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) throw new TemplateError(`'${name}' does not exist`)
  if (stats.isDirectory()) throw new TemplateError(`'${name}' is a directory`)
  if (name.endsWith('.py')) throw new TemplateError(`'${name}' is a Python file, which is not supported yet`)
  const content = parse(readFileSync(path, 'utf8'), name) ?? new Map<Key, Read>()
  if (!(content instanceof Map))
    throw new TemplateError(`expected a dictionary, got '${kindName(content)}' in file '${name}'`)
  return content
}

function parse(text: string, name: string): Read {
  if (name.endsWith('.json')) return readJson(text, name)
  if (name.endsWith('.toml')) return readToml(text, name)
  return readYaml(text, name).value
}

function pick(content: ReadonlyMap<Key, Read>, keys: readonly string[], name: string): Map<Key, Read> {
  return new Map(
    keys.map((key) => {
      const value = content.get(key)
      if (value === undefined) throw new TemplateError(`could not find '${key}' in '${name}'`)
      return [key, value]
    }),
  )
}

function copied(map: ReadonlyMap<Key, Read>): Map<Key, Read> {
  return new Map([...map].map(([key, value]) => [key, value instanceof Map ? copied(value) : value]))
}
