import { once } from 'node:events'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { memoryStore } from '@waymark/storage/kinds/memory'
import { expect, test } from 'vitest'
import { sendObject } from './send.ts'

test('a client that leaves before the first byte leaves no file open', async () => {
  const memory = memoryStore()
  await memory.put('a.txt', Buffer.from('some bytes'))
  const asked = Promise.withResolvers<void>()
  const sent = Promise.withResolvers<void>()
  let opened: Readable | undefined
  await using server = createServer((request, response) => {
    const store = {
      ...memory,
      async get(key: string) {
        asked.resolve()
        await once(response, 'close')
        opened = await memory.get(key)
        return opened
      },
    }
    sendObject(request, response, { store, key: 'a.txt', path: 'a.txt' }).then(
      () => sent.reject(new Error('there was nobody to send it to')),
      () => sent.resolve(),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const client = get({ host: '127.0.0.1', port })
  client.on('error', () => undefined) // it is cut off below
  await asked.promise
  client.destroy()
  await sent.promise
  expect(opened?.destroyed).toBe(true)
})
