import { useEffect, useEffectEvent } from 'react'

/** What each key does: by `KeyboardEvent.key`, so that "?" is the key that types it on any keyboard. */
export type Keys = Readonly<Record<string, () => void>>

/**
 * Single keys for the whole page. They rest while something is typed, while a dialog or a list is open, and where the
 * key belongs to what has the focus: Enter to a link or a button. A checkbox has no use for letters, so after a run
 * was selected with the mouse the next key still counts.
 */
export function useKeys(keys: Keys): void {
  const press = useEffectEvent((event: KeyboardEvent) => {
    const does = keys[event.key]
    if (!does || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.target instanceof Element && belongsTo(event.target, event.key)) return
    event.preventDefault()
    does()
  })
  useEffect(() => {
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [])
}

function belongsTo(element: Element, key: string): boolean {
  if (element.closest('[role="dialog"], [role="listbox"]') || document.querySelector('[aria-modal="true"]')) return true
  if (element.matches('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable="true"]'))
    return true
  return key === 'Enter' && element.matches('a, button, summary, [tabindex]:not([tabindex="-1"])')
}
