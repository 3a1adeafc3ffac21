import { statSync } from 'node:fs'
import { readTextOf } from '@waymark/content-store/read-text'
import { writeBeside } from '@waymark/content-store/write-beside'
import { PipelineError, quote } from './errors.ts'
import type { LockEntry, LockPath } from './lock-entry.ts'
import { rewriteLock } from './lock-rewrite.ts'
import { entryKey, entryLines, keyOf } from './lock-text.ts'
import { readYaml, type YamlFile } from './read-yaml.ts'
import type { Key, Read, Value } from './values.ts'

/** One `pipeline.lock` or `dvc.lock`. */
export class Lockfile {
  readonly path: string
  readonly #shown: string
  #text: string | undefined
  #stamp = ''
  #entries = new Map<string, LockEntry>()

  /** @param shown as named in messages */
  constructor(path: string, shown: string) {
    this.path = path
    this.#shown = shown
  }

  /** The entry of a stage, by its name in the stage file. @throws {PipelineError} for a lock that cannot be read */
  get(name: string): LockEntry | undefined {
    this.#refresh()
    return this.#entries.get(name)
  }

  /** Replaces one stage's entry; all else in the file stays as it is, comments included. Readers see old or new. */
  set(name: string, entry: LockEntry): void {
    this.#refresh()
    const text =
      withEntry(this.#text, name, entryLines(entry)) ?? rewriteLock(this.#text ?? '', name, entryLines(entry))
    if (text !== this.#text) writeBeside(this.path, text, { durable: true })
    this.#text = text
    this.#stamp = stampOf(this.path)
    this.#entries.set(name, entry)
  }

  /** Another process, git or an editor may have changed the file: it is read again when its stamp has changed. */
  #refresh(): void {
    const stamp = stampOf(this.path)
    if (stamp === this.#stamp) return
    const text = readTextOf(this.path)
    if (text !== this.#text) {
      this.#text = text
      this.#entries = text === undefined ? new Map() : parseLock(readYaml(text, this.#shown))
    }
    this.#stamp = stamp
  }
}

/** Reads an entry of a lock or run-cache file. */
export function parseEntry(value: Read, place: readonly Key[], file: YamlFile): LockEntry {
  if (!(value instanceof Map)) throw broken(file, place, 'expected a map')
  const cmd = value.get('cmd')
  const isList = Array.isArray(cmd) && cmd.every((line) => typeof line === 'string')
  if (typeof cmd !== 'string' && !isList) throw broken(file, [...place, 'cmd'], 'expected the command')
  return {
    // Either a text or, as just seen, a list of texts.
    cmd: cmd as string | string[],
    deps: lockPaths(value.get('deps'), [...place, 'deps'], file),
    params: lockParams(value.get('params'), [...place, 'params'], file),
    outs: lockPaths(value.get('outs'), [...place, 'outs'], file),
  }
}

function parseLock(file: YamlFile): Map<string, LockEntry> {
  const content = file.value ?? new Map<Key, Read>()
  if (!(content instanceof Map)) throw broken(file, [], 'expected a map')
  if (content.size > 0 && content.get('schema') !== '2.0') {
    throw broken(
      file,
      content.has('schema') ? ['schema'] : [],
      `expected schema: '2.0', found ${String(content.get('schema') ?? 'none')}`,
    )
  }
  const stages = content.get('stages') ?? new Map<Key, Read>()
  if (!(stages instanceof Map)) throw broken(file, ['stages'], 'expected a map')
  return new Map([...stages].map(([name, entry]) => [String(name), parseEntry(entry, ['stages', name], file)]))
}

function lockPaths(value: Read | undefined, place: readonly Key[], file: YamlFile): LockPath[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw broken(file, place, 'expected a list')
  return value.map((item: Read, i) => {
    const path = item instanceof Map ? item.get('path') : undefined
    if (!(item instanceof Map) || typeof path !== 'string')
      throw broken(file, [...place, BigInt(i)], 'expected a map with a path')
    const md5 = item.get('md5')
    // Without `hash: md5` it is an MD5 of DVC 2, taken after changing line ends: no statement about the bytes.
    const known = item.get('hash') === 'md5' && typeof md5 === 'string'
    if (known && !/^[0-9a-f]{32}(\.dir)?$/.test(md5))
      throw broken(file, [...place, BigInt(i), 'md5'], `${quote(md5)} is no MD5`)
    return {
      path,
      ...(known && { md5 }),
      ...numberField(item, 'size'),
      ...numberField(item, 'nfiles'),
      ...(item.get('isexec') === true && { isexec: true }),
    }
  })
}

function numberField<N extends 'size' | 'nfiles'>(item: ReadonlyMap<Key, Read>, name: N): { [K in N]?: number } {
  const value = item.get(name)
  // The one computed key is N.
  return typeof value === 'bigint' ? ({ [name]: Number(value) } as { [K in N]?: number }) : {}
}

function lockParams(
  value: Read | undefined,
  place: readonly Key[],
  file: YamlFile,
): Map<string, ReadonlyMap<string, Value>> {
  if (value === undefined || value === null) return new Map()
  if (!(value instanceof Map)) throw broken(file, place, 'expected a map')
  return new Map(
    [...value].map(([path, keys]) => {
      if (!(keys instanceof Map)) throw broken(file, [...place, path], 'expected a map')
      // A lock holds no dates: DVC and we refuse them as params.
      return [String(path), new Map([...keys].map(([key, item]) => [String(key), item as Value]))]
    }),
  )
}

function broken(file: YamlFile, place: readonly Key[], what: string): PipelineError {
  return new PipelineError(
    `${file.where(place)} the lock is damaged: ${what}. Take it from version control again, or delete it (the run cache then restores what it knows)`,
  )
}

/**
 * The text with one stage's lines replaced or appended.
 * @returns undefined where the file is not in the plain block form that DVC and we write
 */
function withEntry(text: string | undefined, name: string, entry: readonly string[]): string | undefined {
  const key = entryKey(name)
  const block = (indent: string) => [`${indent}${key}:`, ...entry.map((line) => `${indent}  ${line}`)]
  if (text === undefined || text.trim() === '') return `schema: '2.0'\nstages:\n${block('  ').join('\n')}\n`
  const lines = text.replace(/\n$/, '').split('\n')
  const start = lines.findIndex((line) => /^stages:\s*(#.*)?$/.test(line))
  if (start < 0 || text.includes('\t') || text.includes('\r') || /^(---|\.\.\.|%)/m.test(text)) return undefined
  let end = lines.findIndex((line, i) => i > start && /^[^\s#]/.test(line))
  if (end < 0) end = lines.length
  const indent =
    /^ +(?=[^\s#])/.exec(lines.slice(start + 1, end).find((line) => /^ +[^\s#]/.test(line)) ?? '  x')?.[0] ?? '  '

  let from = -1
  let to = end
  for (let i = start + 1; i < end; i++) {
    const line = lines[i] ?? ''
    if (
      !line.startsWith(indent) ||
      line[indent.length] === ' ' ||
      line[indent.length] === '#' ||
      line.length === indent.length
    )
      continue
    const found = keyOf(line.slice(indent.length))
    if (found === undefined) return undefined
    if (from >= 0) {
      to = i
      break
    }
    if (found === name) from = i
  }
  // Comments and blank lines in front of the next entry are the next one's.
  const isLoose = (line: string) =>
    line.trim() === '' || (line.trimStart().startsWith('#') && !line.startsWith(`${indent} `))
  while (to > start + 1 && to - 1 > from && isLoose(lines[to - 1] ?? '')) to--
  const old = from < 0 ? [] : lines.slice(from, to)
  if (old.some((line) => /(^|\s)#/.test(line))) return undefined
  const place = from < 0 ? to : from
  return `${[...lines.slice(0, place), ...block(indent), ...lines.slice(from < 0 ? place : to)].join('\n')}\n`
}

function stampOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeNs} ${stats.ctimeNs}` : 'none'
}
