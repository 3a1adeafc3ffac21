import { ApiError } from './api-error.ts'

export interface RetryOptions {
  /** How long to go on trying after the first failure, ms. */
  readonly patienceMs: number
  /** Once aborted, patience is over. */
  readonly hurry?: AbortSignal | undefined
}

/** @returns how long a program waits for a server that is away: `WAYMARK_TRACKING_PATIENCE_MS`, else 30,000 ms. */
export function patienceOf(env: Readonly<Record<string, string | undefined>>): number {
  return Number(env['WAYMARK_TRACKING_PATIENCE_MS']) || 30_000
}

/**
 * Tries again while the failure may pass, waiting 0.1 s, 0.2 s, … 5 s between (each ± a quarter, so that many
 * clients do not come back at once), or as long as the server's `Retry-After` says.
 * @throws the last failure, once it cannot pass or patience is over.
 */
export async function retrying<T>(attempt: (tries: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const started = performance.now()
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(tries)
    } catch (error) {
      const wait = waitBefore(tries, error)
      if (!mayPass(error) || isOver(started + options.patienceMs - wait, options.hurry)) throw error
      await pause(wait, options.hurry)
    }
  }
}

/** @returns whether the same call may succeed later: the server is away, overloaded, or failed on its side. */
export function mayPass(error: unknown): boolean {
  if (error instanceof ApiError) return error.status === 408 || error.status === 429 || error.status >= 500
  if (!(error instanceof Error)) return false
  if (error.name === 'TimeoutError') return true
  // fetch reports every failure of the connection as a TypeError with a cause; a bad address is the one that stays.
  return error instanceof TypeError && error.cause !== undefined && codeOf(error.cause) !== 'ERR_INVALID_URL'
}

/** @returns ms to wait before the next of several tries. */
export function waitBefore(tries: number, error: unknown): number {
  const asked = error instanceof ApiError ? error.retryAfterMs : undefined
  return asked ?? Math.min(5000, 100 * 2 ** Math.min(tries, 10)) * (0.75 + Math.random() / 2)
}

/** @returns whether a time (of `performance.now`) has come, or may not be waited for. */
export function isOver(deadline: number, hurry: AbortSignal | undefined): boolean {
  return hurry?.aborted === true || performance.now() > deadline
}

/** Waits, but not beyond `hurry`. */
export function pause(ms: number, hurry?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    hurry?.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      hurry?.removeEventListener('abort', done)
      resolve()
    }
  })
}

/** @returns what went wrong, with what fetch hides in the cause: "fetch failed (ECONNREFUSED)". */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const why = codeOf(error.cause) ?? (error.cause instanceof Error ? error.cause.message : undefined)
  return why === undefined || error.message.includes(String(why)) ? error.message : `${error.message} (${String(why)})`
}

function codeOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
}
