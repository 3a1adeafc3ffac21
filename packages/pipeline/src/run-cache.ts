import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compareCodePoints } from '@waymark/content-store/code-points'
import { ifWritable, isMissing } from '@waymark/content-store/fs-errors'
import { pythonJson } from '@waymark/content-store/python-json'
import { writeBeside } from '@waymark/content-store/write-beside'
import { PipelineError } from './errors.ts'
import type { LockEntry, LockPath } from './lock-entry.ts'
import { entryLines } from './lock-text.ts'
import { parseEntry } from './lockfile.ts'
import { readYaml } from './read-yaml.ts'
import type { Key, Value } from './values.ts'

/** What stages with the same command and inputs have made before, whatever their name: DVC's run cache. */
export class RunCache {
  readonly #dir: string

  constructor(cacheDir: string) {
    this.#dir = join(cacheDir, 'runs')
  }

  /** The newest result first. Files that cannot be read are deleted, as DVC does. */
  *find(inputs: LockEntry): Generator<LockEntry> {
    const folder = this.#folder(runKey(inputs))
    for (const name of newestFirst(folder)) {
      const file = join(folder, name)
      const entry = readEntry(file)
      if (entry) yield entry
      else ifWritable(() => rmSync(file, { force: true }))
    }
  }

  /** @throws nothing of its own: a result that is kept already stays as it is */
  save(entry: LockEntry): void {
    const file = join(this.#folder(runKey(entry)), runValue(entry))
    if (statSync(file, { throwIfNoEntry: false })) return
    mkdirSync(dirname(file), { recursive: true })
    writeBeside(file, `${entryLines(entry).join('\n')}\n`, { durable: true })
  }

  #folder(key: string): string {
    return join(this.#dir, key.slice(0, 2), key)
  }
}

/** SHA-256 over the command, deps with hashes, params, and the paths of the outs. Source: DVC 3.67 stage/cache.py. */
export function runKey(entry: LockEntry): string {
  return sha256({ ...inputs(entry), outs: sortedPaths(entry.outs).map((out) => out.path) })
}

/** SHA-256 over all of it, outs with hashes. */
export function runValue(entry: LockEntry): string {
  return sha256({ ...inputs(entry), outs: sortedPaths(entry.outs).map(pathValue) })
}

function inputs(entry: LockEntry): Record<string, Value> {
  return {
    cmd: entry.cmd,
    ...(entry.deps.length > 0 && { deps: sortedPaths(entry.deps).map(pathValue) }),
    ...(entry.params.size > 0 && { params: entry.params }),
  }
}

function pathValue({ path, md5, isexec }: LockPath): Value {
  const fields: [string, Value][] = [['path', path]]
  if (md5 !== undefined) fields.push(['hash', 'md5'], ['md5', md5])
  if (isexec) fields.push(['isexec', true])
  return new Map<Key, Value>(fields)
}

function sortedPaths(paths: readonly LockPath[]): LockPath[] {
  return paths.toSorted((a, b) => compareCodePoints(a.path, b.path))
}

function sha256(fields: Record<string, Value>): string {
  const text = pythonJson(withoutSizes(new Map<Key, Value>(Object.entries(fields))))
  return createHash('sha256').update(text).digest('hex')
}

/** DVC drops every key of these names, at any depth, also of params. */
function withoutSizes(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutSizes)
  if (!(value instanceof Map)) return value
  return new Map(
    [...value]
      .filter(([key]) => key !== 'size' && key !== 'nfiles')
      .map(([key, item]) => [key, withoutSizes(item)] as const),
  )
}

function newestFirst(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map((name) => ({ name, mtimeMs: statSync(join(folder, name)).mtimeMs }))
      .sort((a, b) => b.mtimeMs - a.mtimeMs)
      .map(({ name }) => name)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function readEntry(file: string): LockEntry | undefined {
  try {
    const yaml = readYaml(readFileSync(file, 'utf8'), file)
    return parseEntry(yaml.value, [], yaml)
  } catch (error) {
    if (error instanceof PipelineError) return undefined
    throw error
  }
}
