import { once } from 'node:events'
import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import { startTestCluster, type TestCluster } from './cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Asked with GET, it starts the run's one PostgreSQL where that has not begun, and tells where it is. */
    readonly testClusterAddress: string
  }
}

/** One PostgreSQL for the whole test run, started when the first test file asks for it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let cluster: Promise<TestCluster> | undefined
  const door = createServer(async (_request, response) => {
    try {
      cluster ??= startTestCluster()
      const { uri, template } = await cluster
      response.end(JSON.stringify({ uri, template }))
    } catch (error) {
      response.statusCode = 500
      response.end(error instanceof Error ? error.message : String(error))
    }
  }).listen(0, '127.0.0.1')
  await once(door, 'listening')
  const address = door.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address')
  project.provide('testClusterAddress', `http://127.0.0.1:${address.port}`)
  return async () => {
    door.closeAllConnections()
    door.close()
    await (await cluster?.catch(() => undefined))?.[Symbol.asyncDispose]()
  }
}
