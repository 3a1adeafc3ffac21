import { PipelineError } from './errors.ts'
import type { Key, Read } from './values.ts'

/** Reads JSON keeping what `JSON.parse` loses: the order of keys, exact integers, and floats that look like integers. */
export function readJson(text: string, path: string): Read {
  const token =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON text must not hold them
    /\s*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\.)*")|(-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?)|(true|false|null|NaN|-?Infinity))\s*/y
  let next: RegExpExecArray | undefined
  next = read()
  const value = parseValue()
  if (next !== undefined) throw fault()
  return value

  function read(): RegExpExecArray | undefined {
    if (token.lastIndex >= text.length) return undefined
    const at = token.lastIndex
    const match = token.exec(text)
    if (!match) {
      token.lastIndex = at
      throw fault()
    }
    return match
  }

  function parseValue(): Read {
    const [, mark, quoted, number, fraction, exponent, word] = next ?? []
    if (mark === '{') return parseObject()
    if (mark === '[') return parseList()
    if (mark !== undefined || next === undefined) throw fault()
    next = read()
    if (quoted !== undefined) return parseText(quoted)
    if (number !== undefined) return fraction === undefined && exponent === undefined ? BigInt(number) : Number(number)
    return word === 'null' ? null : word === 'true' ? true : word === 'false' ? false : Number(word)
  }

  function parseObject(): Read {
    const map = new Map<Key, Read>()
    next = read()
    if (take('}')) return map
    do {
      const name = next?.[2]
      if (name === undefined) throw fault()
      next = read()
      expect(':')
      map.set(parseText(name), parseValue())
    } while (take(','))
    expect('}')
    return map
  }

  function parseList(): Read {
    const list: Read[] = []
    next = read()
    if (take(']')) return list
    do list.push(parseValue())
    while (take(','))
    expect(']')
    return list
  }

  function parseText(quoted: string): string {
    try {
      return String(JSON.parse(quoted))
    } catch {
      throw fault()
    }
  }

  function take(mark: string): boolean {
    if (next?.[1] !== mark) return false
    next = read()
    return true
  }

  function expect(mark: string): void {
    if (!take(mark)) throw fault()
  }

  function fault(): PipelineError {
    const before = text.slice(0, next?.index ?? token.lastIndex).split('\n')
    return new PipelineError(`${path}:${before.length}:${(before.at(-1)?.length ?? 0) + 1} is not JSON`)
  }
}
