import { useEffect, useState } from 'react'
import { ago, duration, exactTime, isoTime } from './format.ts'

/** How long ago something was; the exact local time on hover. */
export function Ago({ at }: { at: number }) {
  const now = useNow(ago(at, Date.now()).includes(' s ') ? 1000 : 20_000)
  return (
    <time dateTime={isoTime(at)} title={exactTime(at)} className="wm-num">
      {ago(at, now)}
    </time>
  )
}

/** How long something took, or has taken so far while it has no end; times in ms since epoch. */
export function Took({ from, to }: { from: number; to: number | undefined }) {
  const now = useNow(to === undefined ? 1000 : undefined)
  return <span className="wm-num">{duration((to ?? now) - from)}</span>
}

/** @returns the current time, anew every `everyMs`; it stands still without. */
function useNow(everyMs: number | undefined): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    if (everyMs === undefined) return
    setNow(Date.now())
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
