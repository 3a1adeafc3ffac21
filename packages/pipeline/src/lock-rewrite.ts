import { isMap, isScalar, isSeq, type Node, parseDocument, type YAMLMap } from 'yaml'
import { entryKey } from './lock-text.ts'

/**
 * Puts an entry into a lock of any form, through a parsed document: comments stay, also those within the entry.
 * @param entry the entry's lines
 */
export function rewriteLock(text: string, name: string, entry: readonly string[]): string {
  const document = parseDocument(text, { version: '1.2', logLevel: 'silent' })
  const written = parseDocument(`stages:\n  ${entryKey(name)}:\n${entry.map((line) => `    ${line}`).join('\n')}\n`)
  const old = document.getIn(['stages', name], true)
  const fresh = written.getIn(['stages', name], true)
  document.set('schema', document.get('schema', true) ?? '2.0')
  if (isNodeLike(old) && isNodeLike(fresh)) carryComments(old, fresh)
  document.setIn(['stages', name], fresh)
  return document.toString({ lineWidth: 80, indentSeq: false, singleQuote: true })
}

function carryComments(old: Node, fresh: Node): void {
  fresh.commentBefore ??= old.commentBefore ?? null
  fresh.comment ??= old.comment ?? null
  if (isMap(old) && isMap(fresh)) {
    for (const pair of fresh.items) {
      const before = old.items.find((item) => textOf(item.key) === textOf(pair.key))
      if (!before) continue
      if (isNodeLike(before.key) && isNodeLike(pair.key)) carryComments(before.key, pair.key)
      if (isNodeLike(before.value) && isNodeLike(pair.value)) carryComments(before.value, pair.value)
    }
  } else if (isSeq(old) && isSeq(fresh)) {
    for (const item of fresh.items) {
      const before = old.items.find((each) => pathOf(each) !== undefined && pathOf(each) === pathOf(item))
      if (isNodeLike(before) && isNodeLike(item)) carryComments(before, item)
    }
  }
}

function pathOf(item: unknown): string | undefined {
  return isMap(item) ? String((item as YAMLMap).get('path')) : undefined
}

function textOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key)
}

function isNodeLike(value: unknown): value is Node {
  return isMap(value) || isSeq(value) || isScalar(value)
}
