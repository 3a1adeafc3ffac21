import { type Document, isMap, isNode, isSeq, LineCounter, type Node, parseDocument, type ScalarTag } from 'yaml'
import { PipelineError } from './errors.ts'
import type { Key, Read } from './values.ts'

/** A YAML file with what is needed to say where in it something stands. */
export interface YamlFile {
  /** As shown in messages. */
  readonly path: string
  readonly value: Read
  /** `path:line:column` of the value (or key) at that place. */
  where(place: readonly Key[], part?: 'key' | 'value'): string
}

/**
 * Reads YAML 1.2 as DVC does: `yes` is text, integers are exact, a plain date is a date, equal keys are an error.
 * @throws {PipelineError} with file, line and column
 */
export function readYaml(text: string, path: string): YamlFile {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    version: '1.2',
    intAsBigInt: true,
    merge: true,
    uniqueKeys: true,
    customTags: (tags) => [grouped, groupedFloat, ...tags, 'timestamp'],
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const [fault] = document.errors
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0])
    const isTemplate = text.slice(fault.pos[0] - 1, fault.pos[0] + 1) === '${'
    const way = isTemplate ? '. Within [ ] or { } a template has to be in quotes' : ''
    throw new PipelineError(`${path}:${line}:${col} is not YAML: ${fault.message}${way}`)
  }
  // mapAsMap with intAsBigInt gives exactly these kinds. Many stages may share one anchor, as in DVC: no limit.
  const value = resolved(() => document.toJS({ mapAsMap: true, maxAliasCount: -1 }), path) as Read
  return { path, value, where: (place, part = 'value') => `${path}:${position(document, lines, place, part)}` }
}

/** What stands behind an alias is looked up only when values are made. */
function resolved(values: () => unknown, path: string): unknown {
  try {
    return values()
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    throw new PipelineError(`${path} is not YAML: ${error.message}`, { cause: error })
  }
}

/** Integers that Python's YAML reader knows beyond YAML 1.2: `1_000`, `0b11`, `-0x1f`. */
const grouped: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?(?:0b[01][01_]*|0o[0-7][0-7_]*|0x[0-9a-fA-F][0-9a-fA-F_]*|[0-9][0-9_]*_[0-9_]*)$/,
  resolve(text) {
    const digits = text.replaceAll('_', '').replace(/^\+/, '')
    return digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits)
  },
}

const groupedFloat: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  default: true,
  test: /^[-+]?(?=[^_]*_)(?:[0-9][0-9_]*\.[0-9_]*|[0-9][0-9_]*(?=[eE])|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
}

function position(document: Document.Parsed, lines: LineCounter, place: readonly Key[], part: 'key' | 'value'): string {
  const offset = offsetOf(document, place, part)
  const { line, col } = lines.linePos(offset)
  return `${line}:${col}`
}

function offsetOf(document: Document.Parsed, place: readonly Key[], part: 'key' | 'value'): number {
  let node: Node | null = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const [depth, key] of place.entries()) {
    const last = depth === place.length - 1
    if (isMap(node)) {
      const pair = node.items.find((item) => isNode(item.key) && sameKey(item.key.toJSON(), key))
      if (!pair) return offset
      const wanted = last && part === 'key' ? pair.key : (pair.value ?? pair.key)
      offset = (isNode(wanted) && wanted.range?.[0]) || offset
      node = isNode(pair.value) ? pair.value : null
    } else if (isSeq(node)) {
      const item = node.items[Number(key)]
      if (!isNode(item)) return offset
      offset = item.range?.[0] ?? offset
      node = item
    } else return offset
  }
  return offset
}

function sameKey(a: unknown, b: Key): boolean {
  return String(a) === String(b)
}
