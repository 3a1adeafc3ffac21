import { pythonFloat } from '@waymark/content-store/python-json'
import { kindName, type TemplateContext, TemplateError } from './template-context.ts'
import { type Key, keyText, type Read } from './values.ts'

/** The `parsing` section of a project's config: how a map is written out in a command. */
export interface UnpackingStyle {
  /** `boolean_optional`: false becomes `--no-key`, not nothing. */
  readonly bool?: string | undefined
  /** `append`: the key is repeated for each item of a list. */
  readonly list?: string | undefined
}

const expression = /(?<!\\)\$\{(.*?)\}/g

/** Fills in `${…}` in all texts of a value, keys of maps included. */
export function fillIn(value: Read, context: TemplateContext): Read {
  if (typeof value === 'string') return fillInText(value, context)
  if (Array.isArray(value)) return value.map((item: Read) => fillIn(item, context))
  if (value instanceof Map) {
    return new Map([...value].map(([key, item]) => [filledKey(key, context), fillIn(item, context)] as const))
  }
  return value
}

/** A text that is one expression takes the value as it is; within a longer text it is written out. */
export function fillInText(text: string, context: TemplateContext): Read {
  const whole = /^\$\{([^}]*)\}$/.exec(text)
  if (whole) return context.get(nameParts(whole[1] ?? '', text))
  return unescaped(text.replace(expression, (_, inner: string) => embedded(context.get(nameParts(inner, text)))))
}

/** In a command a map within a longer text becomes flags: `--lr 0.1 --verbose --sizes 1 2`. */
export function fillInCommand(text: string, context: TemplateContext, style: UnpackingStyle): string {
  return unescaped(
    text.replace(expression, (_, inner: string) => {
      const value = context.get(nameParts(inner, text))
      const isAlone = text.trim() === `\${${inner}}`
      return value instanceof Map && !isAlone ? flags(value, style) : embedded(value)
    }),
  )
}

/** A scalar as DVC writes it into text. */
export function embedded(value: Read): string {
  if (value === null) return 'None'
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isNaN(value) ? 'nan' : pythonFloat(value).replace('Infinity', 'inf')
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  throw new TemplateError(`Cannot interpolate data of type '${kindName(value)}'`)
}

function filledKey(key: Key, context: TemplateContext): Key {
  return typeof key === 'string' ? embedded(fillInText(key, context)) : key
}

/** `word(.word | [word])*`, blanks around words do not count. */
function nameParts(inner: string, text: string): string[] {
  if (!/^[^.[\]]+(\.[^.[\]]+|\[[^.[\]]+\])*$/.test(inner)) {
    throw new TemplateError(`cannot read '\${${inner}}' in '${text}': expected a name like \${model.layers[0]}`)
  }
  return inner
    .split(/[.[\]]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function unescaped(text: string): string {
  return text.replaceAll('\\${', '${')
}

function flags(map: ReadonlyMap<Key, Read>, style: UnpackingStyle): string {
  return flattened(map, '')
    .flatMap(([key, value]) => flagsOf(key, value, style))
    .join(' ')
}

function flattened(map: ReadonlyMap<Key, Read>, prefix: string): [string, Read][] {
  return [...map].flatMap(([key, value]): [string, Read][] => {
    const name = `${prefix}${keyText(key)}`
    return value instanceof Map ? flattened(value, `${name}.`) : [[name, value]]
  })
}

function flagsOf(key: string, value: Read, style: UnpackingStyle): string[] {
  if (value === true) return [`--${key}`]
  if (value === false) return style.bool === 'boolean_optional' ? [`--no-${key}`] : []
  if (!Array.isArray(value)) return [`--${key} ${argument(value)}`]
  if (value.some((item: Read) => Array.isArray(item) || item instanceof Map)) {
    throw new TemplateError(`Cannot interpolate nested iterable in '${key}'`)
  }
  if (style.list === 'append') return value.map((item: Read) => `--${key} ${argument(item)}`)
  return [[`--${key}`, ...value.map(argument)].join(' ')]
}

function argument(value: Read): string {
  return typeof value === 'string' ? shellQuoted(value) : embedded(value)
}

/** As Python's `shlex.quote`. */
function shellQuoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`
}
