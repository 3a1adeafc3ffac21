import { badRequest, quote } from './request-fault.ts'

/**
 * Parses JSON and refuses an object that has one key twice: which of the two values counts would be a guess (RFC 8259,
 * section 4, leaves it open). `JSON.parse` keeps the last one silently, so the keys of the text are counted against the keys
 * of the value: on a body of numbers that costs next to nothing beside the parse itself.
 * @throws {RequestFault} 400 for anything else than one JSON value.
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const hint = /\b(?:NaN|Infinity)\b/.test(text)
      ? '. JSON has no NaN and no Infinity: send null for a missing value'
      : ''
    throw badRequest(`Cannot read the body as JSON: ${error instanceof Error ? error.message : error}${hint}`)
  }
  if (keysInText(text) !== keysInValue(value)) {
    throw badRequest(`Cannot read the body: key ${quote(duplicateKey(text))} stands twice in one object. Send it once`)
  }
  return value
}

/** In valid JSON a colon outside a string follows a key, and nothing else. */
function keysInText(text: string): number {
  let keys = 0
  let from = 0
  for (;;) {
    const start = text.indexOf('"', from)
    const gapEnd = start === -1 ? text.length : start
    for (let at = from; at < gapEnd; at++) if (text.charCodeAt(at) === colon) keys++
    if (start === -1) return keys
    from = endOfString(text, start)
  }
}

function keysInValue(value: unknown): number {
  let keys = 0
  const open: unknown[] = [value]
  while (open.length > 0) {
    const item = open.pop()
    if (typeof item !== 'object' || item === null) continue
    const inner = Array.isArray(item) ? item : Object.values(item)
    if (inner !== item) keys += inner.length
    for (const one of inner) if (typeof one === 'object' && one !== null) open.push(one)
  }
  return keys
}

/** @returns the first key that its object already has; asked only once the counts have differed. */
function duplicateKey(text: string): string | undefined {
  const objects: Set<string>[] = []
  let last = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{') objects.push(new Set())
    if (character === '}') objects.pop()
    if (character === '"') {
      const end = endOfString(text, at)
      last = JSON.parse(text.slice(at, end))
      at = end - 1
    }
    if (character !== ':') continue
    const keys = objects.at(-1)
    if (keys?.has(last)) return last
    keys?.add(last)
  }
  return undefined
}

const colon = 58
const backslash = 92

/** @returns the index behind the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let close = text.indexOf('"', start + 1)
  for (;;) {
    let before = close - 1
    while (text.charCodeAt(before) === backslash) before--
    if ((close - before) % 2 === 1) return close + 1
    close = text.indexOf('"', close + 1)
  }
}
