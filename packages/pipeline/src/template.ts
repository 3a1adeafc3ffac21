import { dirname, join } from 'node:path'
import { readConfigSection } from '@waymark/content-store/state-config'
import { PipelineError } from './errors.ts'
import { embedded, fillIn, fillInCommand, fillInText, type UnpackingStyle } from './interpolate.ts'
import type { Definition, Expanded, PipelineFile } from './pipeline-file.ts'
import { kindName, TemplateContext, TemplateError } from './template-context.ts'
import { type Key, keyText, type Read } from './values.ts'

/**
 * Makes stages of templates: `vars`, `${…}`, `foreach` and `matrix`, by DVC 3's rules.
 * @throws {PipelineError} with the place in the file
 */
export function openTemplate(
  root: string,
  stateFolder: string,
  file: PipelineFile,
): (name: string, definition: Definition) => Expanded[] {
  const folder = join(root, dirname(file.path))
  const parsing = readConfigSection(stateFolder, 'parsing')
  const style: UnpackingStyle = { bool: parsing.get('bool')?.value, list: parsing.get('list')?.value }
  const global = new TemplateContext()
  at(['vars'], () => {
    global.addDefaultParams(folder)
    global.addVars(file.vars, 'vars', folder)
  })

  return (name, definition) => {
    const place = ['stages', name]
    if (definition.has('foreach'))
      return generated(name, foreachItems(definition.get('foreach') ?? null, [...place, 'foreach']), doOf(definition))
    if (definition.has('matrix'))
      return generated(name, matrixItems(definition.get('matrix') ?? null, [...place, 'matrix']), definition)
    return [{ name, group: name, definition: filled(definition, name, new TemplateContext(global), []) }]
  }

  function generated(group: string, items: readonly Generated[], definition: Definition): Expanded[] {
    // Equal names collapse to the last one, in the place of the first.
    const stages = new Map<string, Expanded>()
    for (const { name, variables } of items) {
      const context = new TemplateContext(global)
      for (const [variable, value] of variables) context.set(variable, value)
      const full = `${group}@${name}`
      stages.set(full, { name: full, group, definition: filled(definition, group, context, ['item', 'key']) })
    }
    return [...stages.values()]
  }

  function foreachItems(data: Read, place: readonly Key[]): Generated[] {
    const items = at(place, () => (typeof data === 'string' ? fillInText(data, global) : fillIn(data, global)))
    if (items instanceof Map) {
      return [...items].map(([key, item]) => ({
        name: keyText(key),
        variables: [
          ['key', key],
          ['item', item],
        ],
      }))
    }
    if (!Array.isArray(items)) {
      throw new PipelineError(
        `${file.yaml.where(place)} failed to resolve '${place.join('.')}': expected list/dictionary, got ${kindName(items)}`,
      )
    }
    const composite = items.some(isComposite)
    return items.map((item: Read, i) => ({ name: composite ? String(i) : embedded(item), variables: [['item', item]] }))
  }

  function matrixItems(data: Read, place: readonly Key[]): Generated[] {
    const axes = at(place, () => fillIn(data, global))
    if (!(axes instanceof Map))
      throw new PipelineError(`${file.yaml.where(place)} failed to resolve '${place.join('.')}': expected a map`)
    let combinations: { names: string[]; item: [Key, Read][] }[] = [{ names: [], item: [] }]
    for (const [axis, values] of axes) {
      if (!Array.isArray(values)) {
        throw new PipelineError(
          `${file.yaml.where([...place, axis])} failed to resolve '${place.join('.')}.${keyText(axis)}': expected list, got ${kindName(values)}`,
        )
      }
      combinations = combinations.flatMap(({ names, item }) =>
        values.map((value: Read, i) => ({
          names: [...names, isComposite(value) ? `${keyText(axis)}${i}` : embedded(value)],
          item: [...item, [axis, value] satisfies [Key, Read]],
        })),
      )
    }
    return combinations.map(({ names, item }) => {
      const name = names.join('-')
      return {
        name,
        variables: [
          ['item', new Map(item)],
          ['key', name],
        ],
      }
    })
  }

  function filled(
    definition: Definition,
    group: string,
    context: TemplateContext,
    reserved: readonly string[],
  ): Definition {
    const inDo = file.stages.get(group)?.has('do') ? ['do'] : []
    const place = (key: string): Key[] => ['stages', group, ...inDo, key]
    const wdir = definition.get('wdir')
    const inFolder = typeof wdir === 'string' ? at(place('wdir'), () => embedded(fillInText(wdir, context))) : '.'
    const vars = definition.get('vars')
    at(place('vars'), () =>
      context.addVars(Array.isArray(vars) ? vars : [], `${group}.vars`, join(folder, inFolder), reserved),
    )
    const result = new Map<Key, Read>()
    for (const [key, value] of definition) {
      if (key === 'vars' || key === 'matrix') continue
      const name = String(key)
      result.set(
        key,
        at(place(name), () => (name === 'cmd' ? command(value, context, style) : texts(name, fillIn(value, context)))),
      )
    }
    return result
  }

  function at<T>(place: readonly Key[], work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      throw new PipelineError(
        `${file.yaml.where(place)} failed to parse '${place.map(keyText).join('.')}' in '${file.path}': ${error.message}`,
        { cause: error },
      )
    }
  }
}

interface Generated {
  readonly name: string
  readonly variables: readonly (readonly [string, Read])[]
}

function doOf(definition: Definition): Definition {
  const body = definition.get('do')
  // The file's form was checked: `foreach` never stands without a map under `do`.
  return body as Definition
}

function command(value: Read, context: TemplateContext, style: UnpackingStyle): Read {
  if (Array.isArray(value)) return value.map((line: Read) => fillInCommand(String(line), context, style))
  return fillInCommand(String(value), context, style)
}

/** Names and paths are text also where the value filled in is a number; free-form parts keep its kind. */
function texts(key: string, value: Read): Read {
  if (key === 'meta' || typeof value === 'boolean') return value
  if (value instanceof Map)
    return new Map([...value].map(([inner, item]) => [inner, texts(keyText(inner), item)] as const))
  if (Array.isArray(value)) return value.map((item: Read) => texts(key, item))
  return value === null ? null : embedded(value)
}

function isComposite(value: Read): boolean {
  return value instanceof Map || Array.isArray(value)
}
