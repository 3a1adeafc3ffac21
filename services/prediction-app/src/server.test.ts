import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Registered, startRegistry } from '../test/registry.ts'
import { saveSmallModel } from '../test/saved-model.ts'
import { startPredictionApp } from './server.ts'

test('a model folder is served by all forms of a request, with the answers of the model itself', async () => {
  await using place = await workFolder()
  await saveSmallModel(join(place.path, 'model'), 20, 'logistic')
  await using app = await startPredictionApp({ ...place.settings(), modelFolder: join(place.path, 'model') })
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
  await using registry = await startRegistry()
  const first = await place.register('1', 8)
  const second = await place.register('2', 32)
  registry.state.champion = first
  await using app = await startPredictionApp({ ...place.settings(), trackingUri: registry.url })
  await pingSays(app.url, 'small@1')

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
  registry.state.champion = second
  await expect.poll(() => seen.size, { timeout: 10_000 }).toBe(2)
  stop = true
  await Promise.all(callers) // `ask` throws for any answer but 200

  expect([...seen.keys()]).toEqual(['small@1', 'small@2'])
  for (const scores of seen.values()) expect(scores.size).toBe(1)
})

test('while the tracking server is away the app serves what it has, says so once, and takes the next version after it', async () => {
  await using place = await workFolder()
  const first = await startRegistry()
  first.state.champion = await place.register('1', 8)
  await using app = await startPredictionApp({ ...place.settings(), trackingUri: first.url })
  await pingSays(app.url, 'small@1')
  await first[Symbol.asyncDispose]()
  await expect.poll(() => place.log.length).toBe(2) // serving a new model; the server cannot be asked
  await using _second = await startRegistry({ port: first.port, champion: await place.register('2', 32) })
  await pingSays(app.url, 'small@2')
  expect(place.log.filter((line) => line.startsWith('warn'))).toEqual([
    expect.stringContaining('cannot be asked for "small"@champion; small@1 is served on'),
  ])
})

test('after a restart without the tracking server the model of last time is served; a damaged one is not', async () => {
  await using place = await workFolder()
  const registry = await startRegistry()
  registry.state.champion = await place.register('1', 8)
  const settings = { ...place.settings(), trackingUri: registry.url }
  {
    await using app = await startPredictionApp(settings)
    await pingSays(app.url, 'small@1')
  }
  await registry[Symbol.asyncDispose]()
  {
    await using app = await startPredictionApp(settings)
    await pingSays(app.url, 'small@1')
  }
  const [hash = ''] = (await readdir(settings.cacheFolder)).filter((name) => /^[0-9a-f]{64}$/.test(name))
  await writeFile(join(settings.cacheFolder, hash, 'model.json'), '{}')
  await using app = await startPredictionApp(settings)
  await expect.poll(async () => (await (await fetch(`${app.url}/ping`)).json()).message).toContain('cannot be asked')
})

test('files that are not the registered ones are not served, and the old model stays', async () => {
  await using place = await workFolder()
  await using registry = await startRegistry()
  registry.state.champion = await place.register('1', 8)
  await using app = await startPredictionApp({ ...place.settings(), trackingUri: registry.url })
  await pingSays(app.url, 'small@1')
  registry.state.champion = { ...(await place.register('2', 32)), hash: 'f'.repeat(64) }
  await expect.poll(() => place.log.at(-1)).toContain('version 2 of "small" cannot be loaded; small@1 is served on')
  await pingSays(app.url, 'small@1')
  registry.state.champion = await place.register('3', 32)
  await pingSays(app.url, 'small@3')
})

test('before a model is registered ping says so, and takes the first one when it comes', async () => {
  await using place = await workFolder()
  await using registry = await startRegistry()
  await using app = await startPredictionApp({ ...place.settings(), trackingUri: registry.url })
  const why = async () => (await (await fetch(`${app.url}/ping`)).json()).message
  await expect.poll(why).toMatch(/has no model "small" with the alias "champion". Run npm run repro/)
  expect((await fetch(`${app.url}/health`)).status).toBe(200)
  registry.state.champion = await place.register('1', 8)
  await pingSays(app.url, 'small@1')
})

test('the cache keeps the model in use and no other', async () => {
  await using place = await workFolder()
  await using registry = await startRegistry()
  const settings = { ...place.settings(), trackingUri: registry.url }
  await using app = await startPredictionApp(settings)
  for (const [version, edge] of [8, 16, 32].entries()) {
    registry.state.champion = await place.register(String(version), edge)
    await pingSays(app.url, `small@${version}`)
  }
  await expect.poll(async () => (await readdir(settings.cacheFolder)).length).toBe(2) // the model and its pointer
})

test('a port in use is said with the way out', async () => {
  await using place = await workFolder()
  await using registry = await startRegistry()
  const settings = { ...place.settings(), trackingUri: registry.url, port: registry.port }
  await expect(startPredictionApp(settings)).rejects.toThrow(`Cannot listen on 127.0.0.1:${registry.port}`)
})

test('told to end, the app answers what is under way and leaves the port', async () => {
  await using place = await workFolder()
  await saveSmallModel(join(place.path, 'model'), 20, 'logistic')
  const app = await startPredictionApp({ ...place.settings(), modelFolder: join(place.path, 'model') })
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

interface Answer {
  readonly model: string
  readonly predictions: readonly { readonly prediction: string }[]
}

async function ask(url: string, type: string, body: string): Promise<Answer> {
  const reply = await fetch(`${url}/invocations`, { method: 'POST', headers: { 'content-type': type }, body })
  if (reply.status !== 200) throw new Error(`${reply.status} ${await reply.text()}`)
  // The scoring protocol's answer; its form has a test of its own.
  const { predictions } = (await reply.json()) as Pick<Answer, 'predictions'>
  return { model: reply.headers.get('x-waymark-model') ?? '', predictions }
}

async function pingSays(url: string, model: string): Promise<void> {
  const served = async () => (await fetch(`${url}/ping`)).headers.get('x-waymark-model')
  await expect.poll(served, { timeout: 10_000 }).toBe(model)
}

async function workFolder() {
  const path = await mkdtemp(join(tmpdir(), 'prediction-app-'))
  const log: string[] = []
  const to = (level: string) => (_fields: unknown, words?: string) => void log.push(`${level} ${words}`)
  return {
    path,
    log,
    settings: () => ({
      ...{ port: 0, modelName: 'small', cacheFolder: join(path, 'cache'), pollMs: 20 },
      log: { info: to('info'), warn: to('warn'), error: to('error') },
    }),
    async register(version: string, edge: number): Promise<Registered> {
      const folder = join(path, `version-${version}`)
      await saveSmallModel(folder, edge)
      return { version, folder }
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
