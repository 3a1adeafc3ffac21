import { useCallback } from 'react'
import { useSearchParams } from 'react-router'

/**
 * What a page shows, kept in its address: filter, columns, tab. An empty value leaves the address.
 * `push: true` makes a step that "back" undoes; else the present address is rewritten.
 */
export function useUrlState() {
  const [params, setParams] = useSearchParams()
  const set = useCallback(
    (changes: Readonly<Record<string, string | undefined>>, { push = false }: { push?: boolean } = {}) => {
      setParams(
        (now) => {
          const next = new URLSearchParams(now)
          for (const [name, value] of Object.entries(changes)) {
            if (value === undefined || value === '') next.delete(name)
            else next.set(name, value)
          }
          return next
        },
        { replace: !push },
      )
    },
    [setParams],
  )
  return { params, set }
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
