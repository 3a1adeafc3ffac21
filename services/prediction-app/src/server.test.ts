import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { call } from '@waymark/client/call'
import { championAlias } from '@waymark/client/publish-model'
import { ensureRegisteredModel } from '@waymark/client/registry'
import { deleteAlias, deleteRegisteredModel } from '@waymark/contract/registered-models'
import { startTestServer, type TestServer } from '@waymark/tracking-server/test/test-server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRegistry, type TestRegistry } from '../test/registry.ts'
import { saveSmallModel } from '../test/saved-model.ts'
import { startPredictionApp } from './server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

test('a model folder is served by all forms of a request, with the answers of the model itself', async () => {
  await using place = await workFolder()
  await saveSmallModel(join(place.path, 'model'), 20, 'logistic')
  await using app = await startPredictionApp({ ...place.settings, modelFolder: join(place.path, 'model') })
  const rows = [
    { x: 3, colour: 'D' },
    { x: 33, colour: 'unseen' },
  ]
  const bodies = {
    dataframe_split: { columns: ['colour', 'x'], data: rows.map(({ x, colour }) => [colour, x]) },
    dataframe_records: rows,
    instances: rows,
    inputs: { x: rows.map(({ x }) => x), colour: rows.map(({ colour }) => colour) },
  }
  const answers = [await ask(app.url, 'text/csv', 'x,colour\n3,D\n33,unseen\n')]
  for (const [form, data] of Object.entries(bodies)) {
    answers.push(await ask(app.url, 'application/json', JSON.stringify({ [form]: data })))
  }
  expect(answers[0]?.predictions.map(({ prediction }) => prediction)).toEqual(['low', 'high'])
  for (const answer of answers) expect(answer).toEqual(answers[0])
})

test('a newly promoted version takes over without a failed request, and no answer mixes two versions', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await registry.publish(8)
  await using app = await startPredictionApp(place.following(registry))
  await pingSays(app.url, `${registry.name}@1`)

  const seen = new Map<string, Set<string>>()
  let stop = false
  const body = JSON.stringify({ inputs: { x: new Array(500).fill(3), colour: new Array(500).fill('D') } })
  const callers = Array.from({ length: 4 }, async () => {
    while (!stop) {
      const { model, predictions } = await ask(app.url, 'application/json', body)
      const scores = seen.get(model) ?? new Set()
      for (const prediction of predictions) scores.add(JSON.stringify(prediction))
      seen.set(model, scores)
    }
  })
  await expect.poll(() => seen.size).toBe(1)
  await registry.publish(32)
  await expect.poll(() => seen.size, { timeout: 10_000 }).toBe(2)
  stop = true
  await Promise.all(callers) // `ask` throws for any answer but 200

  expect([...seen.keys()]).toEqual([`${registry.name}@1`, `${registry.name}@2`])
  for (const scores of seen.values()) expect(scores.size).toBe(1)
})

test('while the tracking server is away the app serves what it has, says so once, and takes the next version after it', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await registry.publish(8)
  await using app = await startPredictionApp(place.following(registry))
  await pingSays(app.url, `${registry.name}@1`)
  registry.door.behave = () => 'cut before'
  await expect.poll(() => place.warnings()).toHaveLength(1)
  await looksAgain(registry)
  await pingSays(app.url, `${registry.name}@1`)
  await registry.publish(32)
  registry.door.behave = () => 'pass'
  await pingSays(app.url, `${registry.name}@2`)
  expect(place.warnings()).toEqual([
    expect.stringContaining(`cannot be asked for "${registry.name}"@champion; ${registry.name}@1 is served on`),
  ])
})

test('after a restart without the tracking server the model of last time is served; a damaged one is not', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await registry.publish(8)
  const settings = place.following(registry)
  {
    await using app = await startPredictionApp(settings)
    await pingSays(app.url, `${registry.name}@1`)
  }
  registry.door.behave = () => 'cut before'
  {
    await using app = await startPredictionApp(settings)
    await pingSays(app.url, `${registry.name}@1`)
  }
  const [hash = ''] = (await readdir(settings.cacheFolder)).filter((name) => /^[0-9a-f]{64}$/.test(name))
  await writeFile(join(settings.cacheFolder, hash, 'model.json'), '{}')
  await using app = await startPredictionApp(settings)
  await expect.poll(() => whyNot(app.url)).toMatch(/cannot be asked for .*@champion: fetch failed \(/)
})

test('a model that Waymark did not save is not served, and ping says why', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await registry.publishForeign()
  await using app = await startPredictionApp(place.following(registry))
  await expect
    .poll(() => whyNot(app.url))
    .toMatch(/version 1 .* cannot be loaded: .*no model that Waymark's training saved/)
})

test('files that are not the registered ones are not served, and the old model stays', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await registry.publish(8)
  await using app = await startPredictionApp(place.following(registry))
  await pingSays(app.url, `${registry.name}@1`)
  await registry.publishAltered(16)
  await expect
    .poll(() => place.warnings())
    .toEqual([
      expect.stringContaining(`version 2 of "${registry.name}" cannot be loaded; ${registry.name}@1 is served on`),
    ])
  await pingSays(app.url, `${registry.name}@1`)
  await registry.publish(32)
  await pingSays(app.url, `${registry.name}@3`)
})

test('before a model is registered and has the alias, ping says so; the first one is taken when it comes', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await using app = await startPredictionApp(place.following(registry))
  const none = `has no model "${registry.name}" with the alias "champion". Run npm run repro`
  await expect.poll(() => whyNot(app.url)).toContain(none)
  await ensureRegisteredModel(registry.server, registry.name)
  await looksAgain(registry)
  expect(await whyNot(app.url)).toContain(none)
  expect((await fetch(`${app.url}/health`)).status).toBe(200)
  await registry.publish(8)
  await pingSays(app.url, `${registry.name}@1`)
})

test('the cache keeps the model in use and no other', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  const settings = place.following(registry)
  await using app = await startPredictionApp(settings)
  for (const edge of [8, 16, 32]) {
    const version = await registry.publish(edge)
    await pingSays(app.url, `${registry.name}@${version}`)
  }
  await expect.poll(async () => (await readdir(settings.cacheFolder)).length).toBe(2) // the model and its pointer
})

test('told to end in the middle of a download, the app breaks it off and leaves nothing of it', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await registry.publish(8)
  const downloads = () => registry.door.seen.filter((request) => request.endsWith('/model.json'))
  registry.door.behave = ({ url = '' }) => (url.endsWith('/model.json') ? 'hold' : 'pass')
  const settings = place.following(registry)
  const app = await startPredictionApp(settings)
  await expect.poll(downloads).toHaveLength(1)
  await app[Symbol.asyncDispose]()
  expect(await readdir(settings.cacheFolder)).toEqual([])
  expect(downloads()).toHaveLength(1)
  expect(place.warnings()).toEqual([])
})

test('a version that cannot be loaded is tried again more and more rarely, and a later one is taken at once', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await registry.publishAltered(8)
  await using app = await startPredictionApp(place.following(registry))
  const asked = (part: string) => registry.door.seen.filter((request) => request.includes(part)).length
  const looks = () => asked('/registered-models/alias')
  const attempts = () => asked('/model-versions/get-download-uri')
  await expect.poll(looks, { timeout: 10_000 }).toBeGreaterThan(20)
  expect(attempts()).toBeLessThan(6)
  expect(await whyNot(app.url)).toMatch(
    /version 1 of .* cannot be loaded: The files that arrived are not .* registered/,
  )
  await registry.publish(32)
  await pingSays(app.url, `${registry.name}@2`)
})

test.each(['cut before', 'cut midway'] as const)('a download that is %s is tried again, whole', async (how) => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await registry.publish(8)
  registry.door.behave = ({ url = '' }) => (url.endsWith('/model.json') ? how : 'pass')
  await using app = await startPredictionApp(place.following(registry))
  await expect.poll(() => whyNot(app.url)).toContain(`version 1 of "${registry.name}" cannot be loaded`)
  registry.door.behave = () => 'pass'
  await pingSays(app.url, `${registry.name}@1`)
})

test('when the alias is taken away, or the model deleted, the app serves on what it has, also after a restart', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await registry.publish(8)
  const settings = place.following(registry)
  const { name } = registry
  {
    await using app = await startPredictionApp(settings)
    await pingSays(app.url, `${name}@1`)
    await call(server.base, deleteAlias, { name, alias: championAlias })
    const gone = `has no model "${name}" with the alias "champion".*; ${name}@1 is served on`
    await expect.poll(() => place.warnings()).toEqual([expect.stringMatching(gone)])
    await call(server.base, deleteRegisteredModel, { name })
    await looksAgain(registry)
    await pingSays(app.url, `${name}@1`)
  }
  await using app = await startPredictionApp(settings)
  await pingSays(app.url, `${name}@1`)
  await looksAgain(registry)
  await pingSays(app.url, `${name}@1`)
  await registry.publish(32) // another model of the same name, and again its version 1
  await expect
    .poll(async () => (await ask(app.url, 'text/csv', 'x,colour\n3,D\n')).predictions[0]?.prediction)
    .toBe('low')
  await pingSays(app.url, `${name}@1`)
})

test('a model that the disk takes no note of is served, said so once, and noted as soon as it can be', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  await registry.publish(8)
  const settings = place.following(registry)
  {
    await using app = await startPredictionApp(settings)
    await pingSays(app.url, `${registry.name}@1`)
    const notes = async () => (await readdir(settings.cacheFolder)).filter((name) => name.endsWith('.json'))
    await expect.poll(notes).toHaveLength(1)
    const note = join(settings.cacheFolder, (await notes())[0] ?? '')
    await rm(note)
    await mkdir(join(note, 'in the way'), { recursive: true })
    await registry.publish(32)
    await pingSays(app.url, `${registry.name}@2`)
    await looksAgain(registry)
    expect(place.warnings()).toEqual([
      `warn what is served cannot be noted for a restart; ${registry.name}@2 is served on`,
    ])
    await rm(note, { recursive: true })
    await expect.poll(() => readFile(note, 'utf8').catch(() => '')).toContain('"version": "2"')
  }
  registry.door.behave = () => 'cut before'
  await using app = await startPredictionApp(settings)
  await pingSays(app.url, `${registry.name}@2`)
})

test('a port in use is said with the way out', async () => {
  await using place = await workFolder()
  await using registry = await openRegistry(server)
  const port = Number(new URL(server.base).port)
  const starting = startPredictionApp({ ...place.following(registry), port })
  await expect(starting).rejects.toThrow(`Cannot listen on 127.0.0.1:${port}`)
})

test('told to end, the app answers what is under way and leaves the port', async () => {
  await using place = await workFolder()
  await saveSmallModel(join(place.path, 'model'), 20, 'logistic')
  const app = await startPredictionApp({ ...place.settings, modelFolder: join(place.path, 'model') })
  const many = { x: new Array(100_000).fill(3), colour: new Array(100_000).fill('D') }
  const asking = ask(app.url, 'application/json', JSON.stringify({ inputs: many }))
  await expect.poll(async () => (await fetch(`${app.url}/ping`)).status, { interval: 5 }).toBe(200)
  const ended = app[Symbol.asyncDispose]()
  expect((await asking).predictions).toHaveLength(100_000)
  const before = performance.now()
  await ended
  expect(performance.now() - before).toBeLessThan(2000)
  await expect(fetch(`${app.url}/ping`)).rejects.toThrow()
})

test('told to end while it is asked all the time, the app cuts nobody off: callers are asked to leave', async () => {
  await using place = await workFolder()
  await saveSmallModel(join(place.path, 'model'), 20, 'logistic')
  const app = await startPredictionApp({ ...place.settings, modelFolder: join(place.path, 'model') })
  const agent = new Agent({ keepAlive: true })
  let answered = 0
  const callers = Array.from({ length: 8 }, async () => {
    for (;;) {
      const asking = request(`${app.url}/ping`, { agent }).end()
      const [reply] = (await once(asking, 'response')) as [IncomingMessage]
      await text(reply)
      answered++
      if (reply.headers.connection === 'close') return
    }
  })
  await expect.poll(() => answered).toBeGreaterThan(100)
  await app[Symbol.asyncDispose]()
  await Promise.all(callers) // a connection that is cut throws
})

interface Answer {
  readonly model: string
  readonly predictions: readonly { readonly prediction: string }[]
}

async function ask(url: string, type: string, body: string): Promise<Answer> {
  const reply = await fetch(`${url}/invocations`, { method: 'POST', headers: { 'content-type': type }, body })
  if (reply.status !== 200) throw new Error(`${reply.status} ${await reply.text()}`)
  // The scoring protocol's answer; its form has a test of its own.
  const { predictions } = (await reply.json()) as Pick<Answer, 'predictions'>
  return { model: modelOf(reply), predictions }
}

async function pingSays(url: string, model: string): Promise<void> {
  const served = async () => modelOf(await fetch(`${url}/ping`))
  await expect.poll(served, { timeout: 10_000 }).toBe(model)
}

function modelOf(reply: Response): string {
  return decodeURIComponent(reply.headers.get('x-waymark-model') ?? '')
}

/** @returns what ping says where there is no model. */
async function whyNot(url: string): Promise<string> {
  return (await (await fetch(`${url}/ping`)).json()).message
}

/** Returns once the app has asked the tracking server twice more: what it made of the first answer is done. */
async function looksAgain({ door }: TestRegistry): Promise<void> {
  const before = door.seen.length
  await expect.poll(() => door.seen.length - before).toBeGreaterThan(2)
}

async function workFolder() {
  const path = await mkdtemp(join(tmpdir(), 'prediction-app-'))
  const log: string[] = []
  const to = (level: string) => (_fields: unknown, words?: string) => void log.push(`${level} ${words}`)
  const settings = {
    ...{ port: 0, modelName: 'small', cacheFolder: join(path, 'cache'), pollMs: 20 },
    log: { info: to('info'), warn: to('warn'), error: to('error') },
  }
  return {
    path,
    settings,
    following: ({ name, door }: TestRegistry) => ({ ...settings, modelName: name, trackingUri: door.base }),
    warnings: () => log.filter((line) => line.startsWith('warn')),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
