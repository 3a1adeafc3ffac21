import { readFile } from 'node:fs/promises'
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { SettingsError } from './settings-error.ts'

/** A settings file, parsed: its plain value, and the line of each of its keys. */
export interface SettingsFile {
  readonly value: unknown
  /** @returns the line (from 1) of the key or entry at `path`, or of its nearest parent that exists. */
  lineOf(path: readonly PropertyKey[]): number | undefined
}

/** @throws {SettingsError} where the file is missing, empty or no YAML. */
export async function readSettingsFile(path: string): Promise<SettingsFile> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    throw new SettingsError([{ file: path, key: '', words: 'there is no such file' }])
  })
  return parseSettings(text, path)
}

/** @throws {SettingsError} where the text is empty or no YAML. */
export function parseSettings(text: string, path: string): SettingsFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' })
  if (document.errors.length > 0) {
    throw new SettingsError(
      document.errors.map((error) => ({
        file: path,
        line: lines.linePos(error.pos[0]).line,
        key: '',
        words: `this is not YAML: ${error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}`,
      })),
    )
  }
  const value: unknown = document.toJS()
  if (value === null || value === undefined) {
    throw new SettingsError([{ file: path, key: '', words: 'expected settings by section, found an empty file' }])
  }
  return {
    value,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const offset = offsetOf(document, path.slice(0, length))
        if (offset !== undefined) return lines.linePos(offset).line
      }
      return undefined
    },
  }
}

/** Where the key (of a map) or the entry (of a list) at `path` begins in the text. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents
  const last = String(path.at(-1))
  const pairs = isMap(parent) ? parent.items : []
  const node = isSeq(parent)
    ? parent.items[Number(last)]
    : pairs.find((pair) => String(isScalar(pair.key) ? pair.key.value : pair.key) === last)?.key
  return isNode(node) ? node.range?.[0] : undefined
}
