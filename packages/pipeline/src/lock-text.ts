import { compareCodePoints } from '@waymark/content-store/code-points'
import { pythonFloat } from '@waymark/content-store/python-json'
import type { LockEntry, LockPath } from './lock-entry.ts'
import type { Key, Value } from './values.ts'

/**
 * The lines of a lock entry, in the order and form DVC 3 writes: keys `cmd, deps, params, outs`; deps and outs by path;
 * `params.yaml` before other params files; lists at their key's own column.
 */
export function entryLines(entry: LockEntry): string[] {
  const lines = [...field('cmd', typeof entry.cmd === 'string' ? entry.cmd : entry.cmd)]
  if (entry.deps.length > 0) lines.push('deps:', ...entry.deps.toSorted(byPath).flatMap(pathLines))
  if (entry.params.size > 0) {
    const files = new Map(
      [...entry.params].sort(([a], [b]) => byParamsFile(a, b)).map(([file, keys]) => [file, sorted(keys)]),
    )
    lines.push(...field('params', files))
  }
  if (entry.outs.length > 0) lines.push('outs:', ...entry.outs.toSorted(byPath).flatMap(pathLines))
  return lines
}

/** A stage name as the key of its entry. */
export function entryKey(name: string): string {
  return scalar(name)
}

/** The key at the start of a line in block form, read; undefined where the line is of another form. */
export function keyOf(line: string): string | undefined {
  const plain = /^([^\s'"#&*!|>%@`?[\]{},:-](?:[^:#]|:(?=\S)|(?<=\S)#)*?)\s*:(?:\s|$)/.exec(line)
  if (plain?.[1] !== undefined) return plain[1]
  const single = /^'((?:[^']|'')*)'\s*:(?:\s|$)/.exec(line)
  if (single?.[1] !== undefined) return single[1].replaceAll("''", "'")
  return undefined
}

function pathLines(item: LockPath): string[] {
  const fields: [string, Value][] = [['path', item.path]]
  if (item.md5 !== undefined) fields.push(['hash', 'md5'], ['md5', item.md5])
  if (item.md5 !== undefined && item.size !== undefined) fields.push(['size', BigInt(item.size)])
  if (item.md5 !== undefined && item.nfiles !== undefined) fields.push(['nfiles', BigInt(item.nfiles)])
  if (item.isexec) fields.push(['isexec', true])
  return inList(fields.flatMap(([key, value]) => field(key, value)))
}

function field(key: Key, value: Value): string[] {
  const name = scalar(key)
  if (value instanceof Map && value.size > 0) {
    return [`${name}:`, ...[...value].flatMap(([inner, item]) => field(inner, item)).map((line) => `  ${line}`)]
  }
  if (Array.isArray(value) && value.length > 0) return [`${name}:`, ...value.flatMap(listItem)]
  return [`${name}: ${scalar(value)}`]
}

function listItem(value: Value): string[] {
  if (value instanceof Map && value.size > 0) return inList([...value].flatMap(([key, item]) => field(key, item)))
  if (Array.isArray(value) && value.length > 0) return inList(value.flatMap(listItem))
  return [`- ${scalar(value)}`]
}

function inList(lines: readonly string[]): string[] {
  return lines.map((line, i) => (i === 0 ? `- ${line}` : `  ${line}`))
}

function scalar(value: Value): string {
  if (typeof value === 'string') return textScalar(value)
  if (typeof value === 'number') {
    if (Number.isNaN(value)) return '.nan'
    return Number.isFinite(value) ? pythonFloat(value) : value > 0 ? '.inf' : '-.inf'
  }
  if (value instanceof Map) return '{}'
  return Array.isArray(value) ? '[]' : String(value)
}

/** What cannot stand in a plain or single-quoted text: control characters, line ends, and what is no character. */
const unprintable = /[\p{Cc}\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]/u

/** Text that a YAML reader would take for something else, or that cannot stand on a line, is quoted. */
function textScalar(text: string): string {
  if (unprintable.test(text)) return escaped(text)
  return isPlain(text) ? text : `'${text.replaceAll("'", "''")}'`
}

function isPlain(text: string): boolean {
  if (text === '' || /^\s|\s$/.test(text)) return false
  if (/^[,[\]{}#&*!|>'"%@`]/.test(text) || /^[-?:](\s|$)/.test(text)) return false
  if (/:(\s|$)|\s#/.test(text) || /^(---|\.\.\.)/.test(text) || text === '=' || text === '<<') return false
  return !readsAsOtherKind(text)
}

/** Null, booleans, numbers and dates of YAML 1.2, and of 1.1 where a number of it is meant. */
function readsAsOtherKind(text: string): boolean {
  if (/^(~|null|Null|NULL|true|True|TRUE|false|False|FALSE)$/.test(text)) return true
  if (!/^[-+.0-9]/.test(text)) return false
  return (
    /^[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$/.test(text) ||
    /^[-+]?([0-9][0-9_]*)?(\.[0-9_]*)?([eE][-+]?[0-9]+)?$/.test(text) ||
    /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text) ||
    /^[-+]?\.(inf|Inf|INF)$|^\.(nan|NaN|NAN)$/.test(text) ||
    /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?$/.test(text)
  )
}

function escaped(text: string): string {
  const quoted = JSON.stringify(text)
  return quoted.replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function sorted(map: ReadonlyMap<string, Value>): ReadonlyMap<Key, Value> {
  return new Map([...map].sort(([a], [b]) => compareCodePoints(a, b)))
}

function byPath(a: LockPath, b: LockPath): number {
  return compareCodePoints(a.path, b.path)
}

function byParamsFile(a: string, b: string): number {
  if (a === 'params.yaml' || b === 'params.yaml') return a === b ? 0 : a === 'params.yaml' ? -1 : 1
  return compareCodePoints(a, b)
}
