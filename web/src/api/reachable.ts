import { useSyncExternalStore } from 'react'

let lostAt: number | undefined
const listeners = new Set<() => void>()

/** Called with the outcome of each query: an error that is no answer of the server means it is not reached. */
export function noteOutcome(error: unknown): void {
  const isLost = error instanceof TypeError // what fetch throws without an answer
  if (isLost === (lostAt !== undefined)) return
  lostAt = isLost ? Date.now() : undefined
  for (const listener of listeners) listener()
}

/** @returns since when the server has not answered, ms since epoch; undefined while it does. */
export function useLostAt(): number | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => lostAt,
  )
}
