import { once } from 'node:events'
import { expect, test } from 'vitest'
import { keepRunning } from './keep-running.ts'

test('told to end while PostgreSQL starts again, it says nothing of a fault', async () => {
  const said: string[] = []
  const first = Promise.withResolvers<void>()
  const again = Promise.withResolvers<void>()
  let starts = 0
  const start = async (signal: AbortSignal | undefined) => {
    if (++starts > 1 && signal) {
      again.resolve()
      await once(signal, 'abort')
      signal.throwIfAborted()
    }
    return { pid: 1, ended: first.promise, async [Symbol.asyncDispose]() {} }
  }
  {
    await using _server = await keepRunning(start, { log: (line) => said.push(line), signal: undefined })
    first.resolve()
    await again.promise
  }
  expect(said).toEqual(['PostgreSQL ended by itself, starting it again'])
})
