import { type PythonKey, type PythonValue, pythonFloat } from '@waymark/content-store/python-json'

/** A value of a params file, exact: a bigint is an integer, a number a float (`1.0` stays one), a Map keeps its order. */
export type Value = PythonValue
export type Key = PythonKey

/** What `readYaml` and its siblings can give beside values. */
export type Read = Value | Date | readonly Read[] | ReadonlyMap<Key, Read>

/** Equality as Python has it, and so DVC: 1 == 1.0 == true, lists in order, maps in any. */
export function sameValue(a: Value, b: Value): boolean {
  if (a instanceof Map || b instanceof Map) {
    if (!(a instanceof Map && b instanceof Map) || a.size !== b.size) return false
    for (const [key, value] of a) if (!b.has(key) || !sameValue(value, b.get(key) ?? null)) return false
    return true
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!(Array.isArray(a) && Array.isArray(b)) || a.length !== b.length) return false
    return a.every((item: Value, i) => sameValue(item, b[i]))
  }
  if (a === null || b === null || typeof a === 'string' || typeof b === 'string') return a === b
  // biome-ignore lint/suspicious/noDoubleEquals: only == compares a bigint with a number by value
  return numeric(a) == numeric(b)
}

/** A value as plain JavaScript, for reports: an integer becomes a number, or text where a number cannot hold it. */
export function plain(value: Value): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [keyText(key), plain(item)]))
  if (Array.isArray(value)) return value.map(plain)
  return value
}

/** A map key as text, as Python's `str` gives it for the kinds YAML knows. */
export function keyText(key: Key): string {
  return typeof key === 'number' ? pythonFloat(key) : String(key)
}

/** The value under a dotted key; numeric parts index lists. undefined where there is none. */
export function valueAt(root: Read, key: string): Read | undefined {
  let at: Read | undefined = root
  for (const part of key.split('.')) {
    if (at instanceof Map) at = at.get(part) ?? (at.has(part) ? null : at.get(integerKey(part)))
    else if (Array.isArray(at)) at = /^\d+$/.test(part) ? at[Number(part)] : undefined
    else return undefined
    if (at === undefined) return undefined
  }
  return at
}

function integerKey(part: string): Key {
  return /^-?\d+$/.test(part) ? BigInt(part) : part
}

/** Python counts true as 1. Only numbers and booleans come here. */
function numeric(value: Value): bigint | number {
  return typeof value === 'boolean' ? BigInt(value) : (value as bigint | number)
}
