import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { describeMyself, isKnownDead, takeLock } from './project-lock.ts'

test('one holder at a time; the next gets it when the first lets go', async () => {
  const folder = lockFolder()
  const order: string[] = []
  const first = await takeLock(folder, { command: 'first' })
  const waiting = takeLock(folder, { command: 'second', onWait: (owner) => order.push(`waits for ${owner?.command}`) })
  const second = waiting.then((lock) => {
    order.push('second has it')
    return lock
  })
  await expect.poll(() => order).toEqual(['waits for first'])
  order.push('first lets go')
  await first[Symbol.asyncDispose]()
  await (await second)[Symbol.asyncDispose]()
  expect(order).toEqual(['waits for first', 'first lets go', 'second has it'])
  expect(readdirSync(folder)).toHaveLength(1)
})

test('of many that want it at once, each holds it alone', async () => {
  const folder = lockFolder()
  let holders = 0
  const turn = async () => {
    await using _lock = await takeLock(folder, { command: 'x' })
    holders++
    expect(holders).toBe(1)
    await new Promise((done) => setImmediate(done))
    holders--
  }
  await Promise.all(Array.from({ length: 8 }, turn))
})

test('the lock of a dead process of this machine is taken over at once', async () => {
  const folder = lockFolder()
  const dead = { ...describeMyself('dead'), pid: 2 ** 22 - 1 }
  writeFileSync(join(folder, '7'), JSON.stringify(dead))
  expect(isKnownDead(dead)).toBe(true)
  await using lock = await takeLock(folder, { command: 'next' })
  expect(lock.lost.aborted).toBe(false)
})

test("another process with a dead one's number is not taken for it", () => {
  expect(isKnownDead(describeMyself('alive'))).toBe(false)
  expect(isKnownDead({ ...describeMyself('earlier'), startedAt: '1' })).toBe(true)
})

test('a holder in another container is taken for dead only when it has been silent long enough', async () => {
  const folder = lockFolder()
  const elsewhere = { ...describeMyself('elsewhere'), pidNamespace: 'pid:[1]', host: 'container' }
  writeFileSync(join(folder, '1'), JSON.stringify(elsewhere))
  expect(isKnownDead(elsewhere)).toBe(false)
  const startedAt = performance.now()
  await using lock = await takeLock(folder, { command: 'here', staleMs: 400 })
  expect(performance.now() - startedAt).toBeGreaterThan(390)
  expect(JSON.parse(readFileSync(join(folder, '2'), 'utf8'))).toMatchObject({ token: lock.owner.token })
})

test('a holder that was taken for dead learns that it lost the lock', async () => {
  const folder = lockFolder()
  await using lock = await takeLock(folder, { command: 'sleeper' })
  writeFileSync(join(folder, '2'), JSON.stringify(describeMyself('other')))
  await new Promise((aborted) => lock.lost.addEventListener('abort', aborted, { once: true }))
  expect(lock.lost.reason).toMatchObject({ name: 'LostLockError' })
})

test('who waits can be told to stop waiting', async () => {
  const folder = lockFolder()
  await using _held = await takeLock(folder, { command: 'held' })
  const stop = new AbortController()
  const waiting = takeLock(folder, { command: 'late', signal: stop.signal, onWait: () => stop.abort() })
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
})

function lockFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lock-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}
