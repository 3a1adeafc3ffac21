import { createServer } from 'node:net'
import { StartError } from './start-error.ts'

/** @throws {StartError} where another program listens on `port` of this machine's loopback. */
export async function checkPortFree(port: number, what: string, flag: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const probe = createServer()
  probe.once('error', reject)
  probe.listen({ host: '127.0.0.1', port, exclusive: true }, resolve)
  try {
    await promise
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES')))
      throw error
    const why = error.code === 'EACCES' ? 'this account may not listen on it' : 'another program listens on it'
    throw new StartError(
      `Cannot start the ${what} on port ${port}: ${why}`,
      `Choose another: npm start -- ${flag} ${port + 1}`,
    )
  }
  const closed = Promise.withResolvers<void>()
  probe.close(() => closed.resolve())
  await closed.promise
}
