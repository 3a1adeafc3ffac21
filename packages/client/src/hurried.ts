import type { Connection } from './connection.ts'

/** How long a server has for each answer once the program is about to end, ms. */
const lastAnswerMs = 2_000

/**
 * The same server, for a program that may be told to end: once `hurry` is aborted, a request that has no answer within
 * two seconds is given up, so that a server that hangs does not keep the program from ending.
 */
export function hurried(server: Connection, hurry: AbortSignal | undefined): Connection {
  if (!hurry) return server
  const send = server.fetch ?? fetch
  const late = new AbortController()
  const giveUp = () =>
    AbortSignal.timeout(lastAnswerMs).addEventListener('abort', (event) => late.abort(reasonOf(event)))
  hurry.addEventListener('abort', giveUp, { once: true })
  return {
    ...server,
    fetch: (url, init = {}) => {
      const ends = hurry.aborted ? AbortSignal.timeout(lastAnswerMs) : late.signal
      return send(url, { ...init, signal: init.signal ? AbortSignal.any([init.signal, ends]) : ends })
    },
  }
}

function reasonOf({ target }: Event): unknown {
  return target instanceof AbortSignal ? target.reason : undefined
}
