import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startTestServer, type TestServer } from '@waymark/tracking-server/test/test-server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { allFiles, downloadArtifacts, eachOf, filesBelow, openArtifacts, uploadArtifacts } from './artifacts.ts'

let server: TestServer
let folder: string
const connection = () => ({ base: server.base, headers: {} })
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waymark-artifacts-'))
})
afterEach(() => rm(folder, { recursive: true }))

const files = {
  'a.txt': 'a',
  'empty.bin': '',
  'deep/er/b c.txt': 'b',
  'deep/größe 100%.csv': 'x,y\n',
}

describe.each([
  ["through the server's proxy", async () => (await server.run()).info.artifact_uri],
  ['on the disk', async () => pathToFileURL(join(folder, 'root')).href],
])('artifacts %s', (_place, rootOf) => {
  test('come back as they went up, whatever their names', async () => {
    const artifacts = openArtifacts(connection(), await rootOf())
    for (const [path, text] of Object.entries(files)) await write(join(folder, 'up', path), text)
    expect(await uploadArtifacts(artifacts, join(folder, 'up'), 'model')).toBe(4)
    const listed = await Array.fromAsync(allFiles(artifacts))
    expect(listed.map(({ path }) => path).toSorted()).toEqual(
      Object.keys(files)
        .map((path) => `model/${path}`)
        .toSorted(),
    )
    expect(await downloadArtifacts(artifacts, 'model', join(folder, 'down'))).toBe(4)
    for (const [path, text] of Object.entries(files))
      expect(await readFile(join(folder, 'down', path), 'utf8')).toBe(text)
  })

  test('of one path are one file, and a folder below the root is a root too', async () => {
    const uri = await rootOf()
    const artifacts = openArtifacts(connection(), uri)
    await artifacts.put('model/a.txt', { bytes: new TextEncoder().encode('a') })
    await downloadArtifacts(artifacts, 'model/a.txt', join(folder, 'one.txt'))
    expect(await readFile(join(folder, 'one.txt'), 'utf8')).toBe('a')
    await downloadArtifacts(openArtifacts(connection(), `${uri}/model`), '', join(folder, 'all'))
    expect(await readdir(join(folder, 'all'))).toEqual(['a.txt'])
  })

  test('that are not there are an error with status 404, and leave no part behind', async () => {
    const artifacts = openArtifacts(connection(), await rootOf())
    await expect(downloadArtifacts(artifacts, 'nothing', join(folder, 'down'))).rejects.toMatchObject({ status: 404 })
    expect(await filesBelow(folder)).toEqual([])
  })
})

test('a server that names files outside of the folder is refused', async () => {
  const hostile = createServer((request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(request.url?.includes('?path=') ? '{"files":[{"path":"../../escaped","is_dir":false}]}' : 'bytes')
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => hostile.once('listening', resolve))
  const { port } = hostile.address() as { port: number } // a TCP server that listens
  const artifacts = openArtifacts({ base: `http://127.0.0.1:${port}`, headers: {} }, 'mlflow-artifacts:/1/r/artifacts')
  await expect(downloadArtifacts(artifacts, '', join(folder, 'a', 'b'))).rejects.toThrow(/leaves its folder/)
  expect(await filesBelow(folder)).toEqual([])
  hostile.close()
})

test('an address that only its store can open is refused by name', () => {
  expect(() => openArtifacts(connection(), 's3://bucket/x')).toThrow(/Cannot open artifacts at "s3:\/\/bucket\/x"/)
})

test('an upload goes on as long as something of it is taken, however slowly, and is given up once nothing is', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const sent = Promise.withResolvers<RequestInit>()
  const hanging: typeof fetch = (_url, init = {}) => {
    sent.resolve(init)
    return new Promise((_resolve, reject) => init.signal?.addEventListener('abort', () => reject(init.signal?.reason)))
  }
  const artifacts = openArtifacts({ ...connection(), fetch: hanging }, 'mlflow-artifacts:/1/r/artifacts')
  const givenUp = expect(artifacts.put('a', { bytes: new Uint8Array(2 ** 20) })).rejects.toThrow(/nothing was taken/)
  const { body, signal } = await sent.promise
  const reader = (body as ReadableStream).getReader()
  for (let minutes = 0; minutes < 10; minutes++) {
    await reader.read()
    vi.advanceTimersByTime(60_000)
  }
  expect(signal?.aborted).toBe(false)
  vi.advanceTimersByTime(120_000)
  await givenUp
})

test('a download that is cut while its folder is being made is an error like any other', async () => {
  const { info } = await server.run()
  await openArtifacts(connection(), info.artifact_uri).put('model/large.bin', { bytes: new Uint8Array(8_000_000) })
  const stop = new AbortController()
  const cutting: typeof fetch = async (url, init) => {
    const reply = await fetch(url, { ...init, signal: stop.signal })
    if (String(url).endsWith('large.bin')) setImmediate(() => stop.abort())
    return reply
  }
  const artifacts = openArtifacts({ ...connection(), fetch: cutting }, info.artifact_uri)
  await expect(downloadArtifacts(artifacts, 'model', join(folder, 'down'))).rejects.toMatchObject({
    name: 'AbortError',
  })
  expect(await filesBelow(folder)).toEqual([])
})

test('after one of many fails nothing more is begun, and what is under way ends before the failure is told', async () => {
  const begun: number[] = []
  const ended: number[] = []
  const slow = Promise.withResolvers<void>()
  const all = eachOf(
    [1, 2, 3, 4],
    async (item) => {
      begun.push(item)
      if (item === 1) throw new Error('the first fails')
      await slow.promise
      ended.push(item)
    },
    2,
  )
  setImmediate(slow.resolve)
  await expect(all).rejects.toThrow('the first fails')
  expect([begun, ended]).toEqual([[1, 2], [2]])
})

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}
