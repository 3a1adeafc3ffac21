import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { useLocation, useNavigationType } from 'react-router'

/** How far each box was scrolled at each step of the history, px. */
const places = new Map<string, number>()

/** Brings a box that scrolls back to where it was when the reader goes back, and to its top on another page. */
export function useScrollPlace(box: RefObject<HTMLElement | null>, name: string): void {
  const { key, pathname } = useLocation()
  const how = useNavigationType()
  const now = useRef({ key, pathname })
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const isOther = now.current.pathname !== pathname
    now.current = { key, pathname }
    const before = how === 'POP' ? places.get(`${name} ${key}`) : undefined
    if (before !== undefined) element.scrollTop = before
    else if (isOther) element.scrollTop = 0
    else places.set(`${name} ${key}`, element.scrollTop)
  }, [box, name, key, pathname, how])
  useEffect(() => {
    const element = box.current
    const keep = () => element && places.set(`${name} ${now.current.key}`, element.scrollTop)
    element?.addEventListener('scroll', keep, { passive: true })
    return () => element?.removeEventListener('scroll', keep)
  }, [box, name])
}
