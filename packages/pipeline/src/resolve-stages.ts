import { dirname, isAbsolute, join, normalize, resolve } from 'node:path'
import { PipelineError, quote } from './errors.ts'
import type { Definition, Expanded, PipelineFile } from './pipeline-file.ts'
import type { Dep, Out, OutRole, ParamsDep, Stage } from './stage.ts'
import type { Read, Value } from './values.ts'

/**
 * Makes stages of the definitions of a file, generated ones included.
 * @throws {PipelineError} where a `${…}` has no value, or a path is of a kind that is not supported
 */
export async function resolveStages(root: string, stateFolder: string, file: PipelineFile): Promise<Stage[]> {
  const stages: Stage[] = []
  const templated = file.vars.length > 0 || [...file.stages.values()].some(needsTemplate)
  const expand = templated ? (await import('./template.ts')).openTemplate(root, stateFolder, file) : plainly
  for (const [name, definition] of file.stages) {
    for (const each of expand(name, definition)) stages.push(toStage(root, file, each))
  }
  return stages
}

function plainly(name: string, definition: Definition): Expanded[] {
  return [{ name, group: name, definition }]
}

function needsTemplate(value: Read): boolean {
  if (typeof value === 'string') return value.includes('${')
  if (value instanceof Map) {
    for (const [key, item] of value) {
      if (key === 'foreach' || key === 'matrix' || key === 'vars' || needsTemplate(key) || needsTemplate(item))
        return true
    }
  }
  return Array.isArray(value) && value.some(needsTemplate)
}

function toStage(root: string, file: PipelineFile, { name, group, definition }: Expanded): Stage {
  const where = file.yaml.where(['stages', group], 'key')
  const wdir = resolve(root, dirname(file.path), (definition.get('wdir') as string | undefined) ?? '.')
  const at = (path: string) => absolute(path, wdir, `${where} stage ${quote(name)}`)
  const desc = definition.get('desc')
  const meta = definition.get('meta')
  return {
    address: dirname(file.path) === '.' ? name : `${file.path}:${name}`,
    name,
    file: file.path,
    where,
    // The form was checked when the file was read; templating keeps it.
    cmd: definition.get('cmd') as string | string[],
    wdir,
    deps: unique(list(definition, 'deps').map((path): Dep => ({ path: path as string, at: at(path as string) }))),
    params: paramsDeps(list(definition, 'params'), at),
    outs: unique([
      ...outsOf(list(definition, 'outs'), 'out', at),
      ...outsOf(list(definition, 'metrics'), 'metric', at),
      ...outsOf(list(definition, 'plots'), 'plot', at),
    ]),
    frozen: definition.get('frozen') === true,
    alwaysChanged: definition.get('always_changed') === true,
    ...(typeof desc === 'string' && { desc }),
    ...(meta !== undefined && { meta: meta as Value }),
  }
}

function list(definition: Definition, key: string): readonly Read[] {
  const value = definition.get(key)
  if (value instanceof Map) return [...value].map(([path, flags]) => new Map([[path, flags]]))
  return (value ?? []) as readonly Read[]
}

function outsOf(items: readonly Read[], role: OutRole, at: (path: string) => string): Out[] {
  return items.flatMap((item) =>
    namedSettings(item).map(([path, settings]) => {
      const remote = settings?.get('remote')
      return {
        path,
        at: at(path),
        role,
        cache: settings?.get('cache') !== false,
        persist: settings?.get('persist') === true,
        push: settings?.get('push') !== false,
        ...(typeof remote === 'string' && { remote }),
      }
    }),
  )
}

function namedSettings(item: Read): [string, Definition | undefined][] {
  if (typeof item === 'string') return [[item, undefined]]
  return [...(item as ReadonlyMap<string, Read>)].map(([path, settings]) => [
    path,
    (Array.isArray(settings) ? settings[0] : settings) as Definition | undefined,
  ])
}

/** Keys of the same file are put together; the whole file wins over keys. */
function paramsDeps(items: readonly Read[], at: (path: string) => string): ParamsDep[] {
  const files = new Map<string, string[] | 'all'>()
  const add = (file: string, keys: readonly string[] | 'all') => {
    const known = files.get(file)
    files.set(file, known === 'all' || keys === 'all' ? 'all' : [...new Set([...(known ?? []), ...keys])])
  }
  for (const item of items) {
    if (typeof item === 'string') add('params.yaml', [item])
    else {
      for (const [file, keys] of item as ReadonlyMap<string, readonly string[] | null>) {
        add(file, keys === null || keys.length === 0 ? 'all' : keys)
      }
    }
  }
  return [...files].map(([path, keys]) => ({ path, at: at(path), keys }))
}

/** The same path twice is one, as in DVC. */
function unique<T extends { at: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.at, item] as const)).values()]
}

function absolute(path: string, wdir: string, stage: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
    throw new PipelineError(
      `${stage} names ${quote(path)}: only files and folders can be deps and outs so far. Fetch it in a stage of its own`,
    )
  }
  if (path === '') throw new PipelineError(`${stage} names an empty path. Write "." for the folder itself`)
  const at = isAbsolute(path) ? normalize(path) : join(wdir, path)
  return at.length > 1 && at.endsWith('/') ? at.slice(0, -1) : at
}
