import { setTimeout as sleep } from 'node:timers/promises'
import type { Postmaster } from './postmaster.ts'

/**
 * Starts PostgreSQL again whenever it ends by itself (killed, or its disk was full), until disposal. Meanwhile
 * its clients are refused connections; what was committed is there again.
 */
export async function keepRunning(
  start: (signal: AbortSignal | undefined) => Promise<Postmaster>,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal | undefined },
): Promise<Postmaster> {
  const stopping = new AbortController()
  let server = await start(signal)
  const watching = watch()

  async function watch(): Promise<void> {
    for (;;) {
      await server.ended
      if (stopping.signal.aborted) return
      log('PostgreSQL ended by itself, starting it again')
      await server[Symbol.asyncDispose]()
      await startAgain()
    }
  }

  async function startAgain(): Promise<void> {
    for (let pauseMs = 200; !stopping.signal.aborted; pauseMs = Math.min(2 * pauseMs, 10_000)) {
      try {
        server = await start(stopping.signal)
        if (stopping.signal.aborted) await server[Symbol.asyncDispose]()
        return
      } catch (error) {
        if (stopping.signal.aborted) return
        log(error instanceof Error ? error.message : String(error))
        await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
  }

  return {
    get pid() {
      return server.pid
    },
    ended: watching,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await server[Symbol.asyncDispose]()
      await watching
    },
  }
}
