import { useCallback, useEffect, useRef } from 'react'
import { useSearchParams } from 'react-router'

type Changes = Readonly<Record<string, string | undefined>>

/** An address that the router has been told of and the page does not show yet: the next change builds on it. */
let pending: { readonly from: string; readonly next: URLSearchParams } | undefined

/**
 * What a page shows, kept in its address: filter, columns, tab. An empty value leaves the address.
 * `push: true` makes a step that "back" undoes; else the present address is rewritten.
 */
export function useUrlState() {
  const [params, setParams] = useSearchParams()
  const text = params.toString()
  const shown = useRef(text)
  shown.current = text
  useEffect(() => {
    if (pending?.from !== text) pending = undefined
  }, [text])
  const set = useCallback(
    (changes: Changes | ((now: URLSearchParams) => Changes), { push = false }: { push?: boolean } = {}) => {
      const from = shown.current
      const now = pending?.from === from ? pending.next : new URLSearchParams(from)
      const next = changed(now, typeof changes === 'function' ? changes(now) : changes)
      if (next.toString() === now.toString()) return
      pending = { from, next }
      setParams(next, { replace: !push })
    },
    [setParams],
  )
  return { params, set }
}

function changed(now: URLSearchParams, changes: Changes): URLSearchParams {
  const next = new URLSearchParams(now)
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') next.delete(name)
    else next.set(name, value)
  }
  return next
}

/** @returns a list in a URL field with some items put in or taken out. */
export function withItems(text: string | null, items: readonly string[], isIn: boolean): string {
  const rest = splitList(text).filter((item) => !items.includes(item))
  return joinList(isIn ? [...rest, ...items] : rest)
}

/** A list in one URL field: commas and backslashes within an item are escaped. */
export function joinList(items: readonly string[]): string {
  return items.map((item) => item.replace(/[\\,]/g, '\\$&')).join(',')
}

export function splitList(text: string | null): string[] {
  if (text === null || text === '') return []
  const items = ['']
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? ''
    if (char === '\\' && i + 1 < text.length) items[items.length - 1] += text[++i] ?? ''
    else if (char === ',') items.push('')
    else items[items.length - 1] += char
  }
  return items
}
