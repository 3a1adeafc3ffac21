import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Model } from '@waymark/model-kit/model'
import { createPredictionApp } from '../src/app.ts'
import { ModelSlot } from '../src/model-slot.ts'

/** The app on a free port over a slot that the test fills. */
export async function serveModel(
  model: Model | undefined,
  { maxBodyBytes }: { maxBodyBytes?: number } = {},
): Promise<AsyncDisposable & { url: string; slot: ModelSlot; errors: unknown[] }> {
  const slot = new ModelSlot()
  const errors: unknown[] = []
  if (model) slot.swap({ name: 'toy', version: '1', model })
  const source = { lease: () => slot.lease(), whyNone: 'the test gave none' }
  const log = { error: (...words: unknown[]) => void errors.push(words) }
  const server = createServer(createPredictionApp({ source, log, ...(maxBodyBytes ? { maxBodyBytes } : {}) }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  return {
    url: `http://127.0.0.1:${port}`,
    slot,
    errors,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      slot[Symbol.dispose]()
    },
  }
}
