import { expect, test } from 'vitest'
import { startFlakyServer } from '../test/flaky-server.ts'
import { endChildren } from './end-children.ts'

test('whoever has less time for a server that hangs than others gets no more', async () => {
  await using hanging = await startFlakyServer('http://127.0.0.1:1')
  hanging.behave = () => 'hold'
  const server = { base: hanging.base, headers: {}, signal: AbortSignal.timeout(50) }
  const ending = endChildren(server, { experimentId: '1', runId: 'r' }, { status: 'KILLED', at: 1 })
  await expect(ending).rejects.toMatchObject({ name: 'TimeoutError' })
})
