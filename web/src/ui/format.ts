/**
 * @returns a number with four significant digits (or as many as are asked for), so that a column of them lines up: a fraction keeps its trailing
 * zeros (0.9350), an integer stays one (40), and what stands before the point is never rounded away (12,346).
 */
export function shortNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value) || Math.abs(value) >= Number.MAX_VALUE) return value > 0 ? '∞' : '−∞'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (Number.isInteger(value) && size < 1e9) return signed(value, withThousands(String(size)))
  if (size >= 1e6 || size < 1e-4) return signed(value, size.toExponential(digits - 1).replace('e+', 'e'))
  const isLong = size >= 10 ** (digits - 1) - 0.05
  return signed(value, withThousands(isLong ? String(Math.round(size)) : size.toPrecision(digits)))
}

/** @returns a number as short as four significant digits allow, for the marks of an axis: 0.5, 1.2e-7. */
export function tickNumber(value: number): string {
  return withoutZeros(shortNumber(value))
}

/** @returns what writes the marks of an axis over `values`: with more digits than four where these would look the same. */
export function tickWords(values: readonly number[]): (value: number) => string {
  const finite = values.filter(Number.isFinite)
  const range = Math.max(...finite) - Math.min(...finite)
  const size = Math.max(...finite.map(Math.abs))
  const needed = range > 0 ? Math.ceil(Math.log10(size / range)) + 2 : 0
  const digits = Math.min(15, Math.max(4, needed))
  return (value) => withoutZeros(shortNumber(value, digits))
}

function withoutZeros(words: string): string {
  return words.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '')
}

/** @returns every digit of a number, for hover and copy. */
export function fullNumber(value: number): string {
  if (Number.isFinite(value) && Math.abs(value) >= Number.MAX_VALUE) return value > 0 ? 'Infinity' : '-Infinity'
  return String(value)
}

/** @returns a difference with its sign: +0.001300, −2, ±0. */
export function delta(value: number): string {
  if (Number.isNaN(value)) return ''
  if (value === 0) return '±0'
  return value > 0 ? `+${shortNumber(value)}` : shortNumber(value)
}

/** @returns a span of time in its two leading units; `ms` in milliseconds. */
export function duration(ms: number): string {
  if (ms < 0 || !Number.isFinite(ms)) return '–'
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} m`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** @returns how long ago `at` was, in one unit; both in ms since epoch. */
export function ago(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000)
  if (seconds < 5) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} m ago`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return `${hours} h ago`
  const days = Math.floor(hours / 24)
  return days < 365 ? `${days} d ago` : `${Math.floor(days / 365)} y ago`
}

/** @returns the exact local time with its zone; a number that is no time (a client's nanoseconds) as it is. */
export function exactTime(at: number): string {
  return isTime(at) ? exact.format(at) : `${at} ms`
}

/** Made once: making one takes a millisecond, and a table asks for hundreds of times. */
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' })

/** @returns a time as programs read it; undefined for a number that is no time. */
export function isoTime(at: number): string | undefined {
  return isTime(at) ? new Date(at).toISOString() : undefined
}

/** Dates end 100 million days after 1970 (ECMA-262, 21.4.1.1). */
function isTime(at: number): boolean {
  return Math.abs(at) <= 8.64e15
}

/** @returns a size in binary units: 1.4 MiB. */
export function fileSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let size = bytes / 1024
  let unit = 0
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1024
    unit += 1
  }
  return `${size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}

/** @returns a count with a word in the right number: 1 run, 2 runs, 4,312 runs. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${withThousands(String(count))} ${count === 1 ? one : many}`
}

export function withThousands(digits: string): string {
  const [whole = '', fraction] = digits.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

function signed(value: number, text: string): string {
  return value < 0 ? `−${text}` : text
}
