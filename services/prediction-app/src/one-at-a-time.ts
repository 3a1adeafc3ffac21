import { setImmediate } from 'node:timers/promises'

/**
 * @returns what runs one piece of work at a time, in the order they came. Between two of them everything else that waits
 *   gets its turn.
 */
export function oneAtATime(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(() => setImmediate()).then(work)
    last = mine.catch(() => {}) // its caller hears of it
    return mine
  }
}
