import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestServer, type TestServer } from '@waymark/tracking-server/test/test-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Publication, type PublishOptions, publishModel } from './publish-model.ts'
import { versionOfAlias } from './registry.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

let models = 0

/** A registered model of the test's own, and a way to publish contents under it. */
function registry(options: Partial<PublishOptions> = {}) {
  const name = `model ${++models}`
  const connection = { base: server.base, headers: {} }
  return {
    async publish(content: string, score: number, more: Partial<PublishOptions> = {}): Promise<Publication> {
      const folder = await mkdtemp(join(tmpdir(), 'waymark-model-'))
      await writeFile(join(folder, 'weights.txt'), content)
      const { info } = await server.run()
      try {
        return await publishModel({
          server: connection,
          run: { id: info.run_id, artifactUri: info.artifact_uri },
          ...{ name, folder, score, metric: 'accuracy', direction: 'maximize', test: 'rows 1', ruleName: 'toy' },
          scoreOnTest: () => Promise.reject(new Error('nothing should be scored anew')),
          ...options,
          ...more,
        })
      } finally {
        await rm(folder, { recursive: true })
      }
    },
    champion: async () => (await versionOfAlias(connection, name, 'champion'))?.version,
  }
}

test('publishing the same content again changes nothing, in whichever run', async () => {
  const { publish, champion } = registry()
  expect(await publish('a', 0.8)).toMatchObject({
    name: expect.stringMatching(/^model \d+$/),
    version: '1',
    created: true,
    champion: 'moved',
    championVersion: '1',
  })
  expect(await publish('a', 0.8)).toMatchObject({ version: '1', created: false, champion: 'same' })
  expect(await champion()).toBe('1')
})

test('only a strictly better score moves the alias, where less is better too', async () => {
  const { publish, champion } = registry({ direction: 'minimize' })
  await publish('a', 0.5)
  expect(await publish('tie', 0.5)).toMatchObject({ champion: 'kept', reason: expect.stringContaining('not better') })
  expect(await publish('worse', 0.6)).toMatchObject({ champion: 'kept' })
  expect(await publish('better', 0.4)).toMatchObject({ version: '4', champion: 'moved' })
  expect(await champion()).toBe('4')
})

test('scores are told with six digits, and with more where these are equal and they are not', async () => {
  const { publish } = registry()
  await publish('a', 0.9365236796429457)
  expect(await publish('b', 0.9385073146541036)).toMatchObject({
    reason: 'accuracy 0.938507 against 0.936524 of version 1',
  })
  expect(await publish('c', 0.93850734)).toMatchObject({
    reason: 'accuracy 0.93850734 against 0.93850731 of version 2',
  })
  expect(await publish('d', 0.93850734)).toMatchObject({
    reason: 'accuracy 0.938507 against 0.938507 of version 3 is not better',
  })
  expect(await publish('e', 1)).toMatchObject({ reason: 'accuracy 1 against 0.938507 of version 3' })
})

test('a score that is no number never wins, and never stands in the way', async () => {
  const { publish } = registry()
  await publish('nan', Number.NaN)
  expect(await publish('nan too', Number.NaN)).toMatchObject({ champion: 'kept' })
  expect(await publish('a', 0.1)).toMatchObject({ champion: 'moved' })
  expect(await publish('nan again', Number.NaN)).toMatchObject({ champion: 'kept' })
})

test('an older model that was compared before is not compared again on other rows', async () => {
  const { publish, champion } = registry()
  await publish('old', 0.8)
  await publish('new', 0.9)
  expect(await publish('old', 0.95, { test: 'rows 2' })).toMatchObject({
    version: '1',
    champion: 'kept',
    championVersion: '2',
    reason: 'it was compared when it was new',
  })
  expect(await champion()).toBe('2')
})

test('on other rows, or by another metric, the champion is scored anew from its own files', async () => {
  const { publish } = registry()
  await publish('champion', 0.9)
  const scoreOnTest = async (folder: string) => {
    expect(await readFile(join(folder, 'weights.txt'), 'utf8')).toBe('champion')
    return { score: 0.5 }
  }
  expect(await publish('worse', 0.4, { test: 'rows 2', scoreOnTest })).toMatchObject({ champion: 'kept' })
  expect(await publish('by f1', 0.6, { metric: 'f1', scoreOnTest })).toMatchObject({ champion: 'moved' })
})

test('a champion that cannot take the new rows gives way with a warning; one that cannot be scored stays', async () => {
  const { publish, champion } = registry({ test: 'rows 2' })
  await publish('a', 0.9, { test: 'rows 1' })
  expect(await publish('b', 0.95)).toMatchObject({
    champion: 'kept',
    warning: expect.stringContaining('nothing should be scored anew'),
  })
  // It has not been weighed yet, so it is when it is published again.
  const scoreOnTest = () => Promise.resolve({ misfit: 'column "a" is missing' })
  expect(await publish('b', 0.95, { scoreOnTest })).toMatchObject({
    champion: 'moved',
    warning: expect.stringContaining('column "a" is missing'),
  })
  expect(await champion()).toBe('2')
})

test('a model that comes back takes the place of a champion that cannot take its rows, and of no other', async () => {
  const { publish, champion } = registry()
  const fits = { scoreOnTest: () => Promise.resolve({ score: 0.1 }) }
  const misfits = { scoreOnTest: () => Promise.resolve({ misfit: 'column "a" is missing' }) }
  await publish('mine', 0.9)
  expect(await publish('of other data', 0.5, { test: 'rows 2', ...misfits })).toMatchObject({ champion: 'moved' })
  expect(await publish('mine', 0.9, fits)).toMatchObject({ champion: 'kept', championVersion: '2' })
  expect(await publish('mine', 0.9, misfits)).toMatchObject({
    version: '1',
    champion: 'moved',
    reason: 'version 2 cannot take the new rows',
    warning: expect.stringContaining('column "a" is missing'),
  })
  expect(await champion()).toBe('1')
})
