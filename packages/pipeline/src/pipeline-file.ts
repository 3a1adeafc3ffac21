import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PipelineError, quote } from './errors.ts'
import { readYaml, type YamlFile } from './read-yaml.ts'
import type { Key, Read } from './values.ts'

/** A `pipeline.yaml` or `dvc.yaml` that has the right form; its `${…}` are not filled in yet. */
export interface PipelineFile {
  /** posix, relative to the root */
  readonly path: string
  readonly yaml: YamlFile
  readonly vars: readonly Read[]
  /** By name: a stage, a stage with `matrix`, or `foreach` + `do`. */
  readonly stages: ReadonlyMap<string, Definition>
}
export type Definition = ReadonlyMap<Key, Read>
type Place = readonly Key[]
type Check = (value: Read, place: Place, file: YamlFile) => void

/** A stage as its file defines it, after foreach and matrix. */
export interface Expanded {
  readonly name: string
  /** The name in the file that it came from. */
  readonly group: string
  readonly definition: Definition
}

/**
 * Reads a stage file and checks its form as strictly as DVC: a key it does not know is an error.
 * @throws {PipelineError} naming `file:line:column`, what was expected and what was found
 */
export function readPipelineFile(root: string, path: string): PipelineFile {
  const yaml = readYaml(readFileSync(join(root, path), 'utf8'), path)
  const top = yaml.value ?? new Map<Key, Read>()
  map(topLevel)(top, [], yaml)
  const content = top as Definition
  return {
    path,
    yaml,
    vars: (content.get('vars') ?? []) as readonly Read[],
    stages: (content.get('stages') ?? new Map()) as ReadonlyMap<string, Definition>,
  }
}

const text: Check = (value, place, file) => {
  if (typeof value !== 'string') throw wrong(file, place, 'text', value)
}
const bool: Check = (value, place, file) => {
  if (typeof value !== 'boolean') throw wrong(file, place, 'true or false', value)
}
const anything: Check = () => {}
/** Keys of earlier DVC versions, without effect now. */
const legacy = anything

const vars = listOf((value, place, file) => {
  if (typeof value !== 'string' && !(value instanceof Map)) throw wrong(file, place, 'a file name or a map', value)
})

const outFlags = {
  cache: bool,
  persist: bool,
  checkpoint: legacy,
  remote: text,
  push: bool,
  desc: text,
  type: text,
  labels: listOf(text),
  meta: anything,
}
const plotFlags = {
  ...outFlags,
  template: text,
  x: text,
  y: text,
  x_label: text,
  y_label: text,
  title: text,
  header: bool,
}
const outs = listOf(entry(map(outFlags)))
const plots = listOf(entry(mapOrMaps(map(plotFlags))))

const params = listOf(
  entry((value, place, file) => {
    if (value !== null) listOf(text)(value, place, file)
  }),
)

const stageKeys: Record<string, Check> = {
  cmd: (value, place, file) => {
    if (Array.isArray(value)) listOf(text)(value, place, file)
    else if (typeof value !== 'string') throw wrong(file, place, 'a command or a list of commands', value)
  },
  wdir: text,
  deps: optional(listOf(text)),
  params: optional(params),
  outs: optional(outs),
  metrics: optional(outs),
  plots: optional((value, place, file) => (value instanceof Map ? mapOf(map(plotFlags)) : plots)(value, place, file)),
  vars,
  frozen: bool,
  always_changed: bool,
  desc: text,
  meta: anything,
  live: legacy,
}

const matrix = mapOf((value, place, file) => {
  if (typeof value !== 'string' && !Array.isArray(value)) throw wrong(file, place, 'a list or a template', value)
})

const stage: Check = (value, place, file) => {
  if (value instanceof Map && (value.has('foreach') || value.has('do'))) {
    map({ foreach: foreachData, do: required(map({ ...stageKeys, matrix }), 'cmd') }, ['foreach', 'do'])(
      value,
      place,
      file,
    )
  } else required(map({ ...stageKeys, matrix }), 'cmd')(value, place, file)
}

const foreachData: Check = (value, place, file) => {
  if (typeof value !== 'string' && !Array.isArray(value) && !(value instanceof Map)) {
    throw wrong(file, place, 'a list, a map or a template', value)
  }
}

const topLevel: Record<string, Check> = {
  vars,
  stages: optional(mapOf(stage)),
  params: optional(listOf(text)),
  metrics: optional(listOf(text)),
  plots: anything,
  artifacts: optional(
    mapOf(required(map({ path: text, type: text, desc: text, labels: listOf(text), meta: anything }), 'path')),
  ),
  datasets: anything,
}

function listOf(item: Check): Check {
  return (value, place, file) => {
    if (!Array.isArray(value)) throw wrong(file, place, 'a list', value)
    for (const [i, each] of value.entries()) item(each, [...place, BigInt(i)], file)
  }
}

function mapOf(item: Check): Check {
  return (value, place, file) => {
    if (!(value instanceof Map)) throw wrong(file, place, 'a map', value)
    for (const [key, each] of value) {
      if (typeof key !== 'string') throw wrong(file, [...place, key], 'a name in quotes', key, 'key')
      item(each, [...place, key], file)
    }
  }
}

function map(keys: Record<string, Check>, needed: readonly string[] = []): Check {
  return (value, place, file) => {
    if (!(value instanceof Map)) throw wrong(file, place, 'a map', value)
    for (const [key, each] of value) {
      const check = typeof key === 'string' && Object.hasOwn(keys, key) ? keys[key] : undefined
      if (!check) {
        throw new PipelineError(
          `${file.where([...place, key], 'key')} unknown key ${quote(String(key))}${inside(place)}. ` +
            `Known are ${Object.keys(keys).join(', ')}`,
        )
      }
      check(each, [...place, key], file)
    }
    for (const key of needed) if (!value.has(key)) throw missing(file, place, key)
  }
}

function required(check: Check, key: string): Check {
  return (value, place, file) => {
    check(value, place, file)
    if (value instanceof Map && !value.has(key)) throw missing(file, place, key)
  }
}

function optional(check: Check): Check {
  return (value, place, file) => {
    if (value !== null) check(value, place, file)
  }
}

/** `path`, or `{path: more}`. */
function entry(more: Check): Check {
  return (value, place, file) => {
    if (typeof value === 'string') return
    if (!(value instanceof Map)) throw wrong(file, place, 'a path, or a map of a path to its settings', value)
    mapOf((each, at) => {
      if (each !== null) more(each, at, file)
    })(value, place, file)
  }
}

function mapOrMaps(check: Check): Check {
  return (value, place, file) => (Array.isArray(value) ? listOf(check) : check)(value, place, file)
}

function wrong(
  file: YamlFile,
  place: Place,
  expected: string,
  found: Read,
  part: 'key' | 'value' = 'value',
): PipelineError {
  return new PipelineError(`${file.where(place, part)} expected ${expected}${inside(place)}, found ${describe(found)}`)
}

function missing(file: YamlFile, place: Place, key: string): PipelineError {
  return new PipelineError(`${file.where(place, 'key')} the key ${quote(key)} is missing${inside(place)}`)
}

function inside(place: Place): string {
  return place.length === 0 ? '' : ` in ${place.join('.')}`
}

function describe(value: Read): string {
  if (value === null) return 'nothing'
  if (value instanceof Map) return 'a map'
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return 'a date'
  return typeof value === 'string' ? quote(value) : `${String(value)} (not text)`
}
