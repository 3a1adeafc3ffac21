import { compareCodePoints } from './code-points.ts'

/** What Python's `json.dumps` takes. A bigint is Python's int, a number its float: 1n is `1`, 1 is `1.0`. */
export type PythonValue =
  | null
  | boolean
  | string
  | bigint
  | number
  | readonly PythonValue[]
  | ReadonlyMap<PythonKey, PythonValue>
export type PythonKey = string | bigint | number | boolean | null

/** The text that Python's `json.dumps(value, sort_keys=True)` gives; hashes of manifests and run-cache keys rest on it. */
export function pythonJson(value: PythonValue): string {
  if (typeof value === 'string') return pythonString(value)
  if (typeof value === 'number') return pythonFloat(value)
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`
  if (value instanceof Map) return objectText(value)
  return String(value)
}

/** A string as `json.dumps` writes it: everything outside printable ASCII as `\uXXXX`. */
export function pythonString(text: string): string {
  const quoted = JSON.stringify(text)
  // JSON.stringify has escaped quotes, backslashes and control characters; DEL and all above it are left to do.
  return quoted.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A float as Python's `repr` writes it: `1.0`, `1e-05`, `1e+16`, `-0.0`, `Infinity`, `NaN`. */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Object.is(value, -0)) return '-0.0'
  const [digits = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const text = exponent < 0 ? smallFloat(digits, exponent) : String(value)
  return text.includes('.') ? text : `${text}.0`
}

/** JavaScript writes 0.0001 and 0.00001 plainly down to 1e-6; Python down to 1e-4. Both are plain here. */
function smallFloat(digits: string, exponent: number): string {
  const sign = digits.startsWith('-') ? '-' : ''
  return `${sign}0.${'0'.repeat(-exponent - 1)}${digits.replace(/[-.]/g, '')}`
}

function objectText(map: ReadonlyMap<PythonKey, PythonValue>): string {
  const entries = [...map].sort(([a], [b]) => compareKeys(a, b))
  return `{${entries.map(([key, value]) => `${pythonString(keyText(key))}: ${pythonJson(value)}`).join(', ')}}`
}

/** Numbers by value, as Python sorts them; it refuses to sort mixed kinds, which are sorted as text here. */
function compareKeys(a: PythonKey, b: PythonKey): number {
  const areNumbers = typeof a !== 'string' && typeof b !== 'string' && a !== null && b !== null
  return areNumbers ? Number(a) - Number(b) : compareCodePoints(keyText(a), keyText(b))
}

function keyText(key: PythonKey): string {
  if (typeof key === 'string') return key
  return typeof key === 'number' ? pythonFloat(key) : String(key)
}
