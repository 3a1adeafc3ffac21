import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { call } from '@waymark/client/call'
import { artifactPath, listArtifacts } from '@waymark/contract/artifacts'
import { createExperiment } from '@waymark/contract/experiments'
import { folderStore } from '@waymark/storage/kinds/folder'
import { memoryStore } from '@waymark/storage/kinds/memory'
import type { ObjectStore } from '@waymark/storage/object-store'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const proxy = '/api/2.0/mlflow-artifacts/artifacts'

test('what is put is listed and comes back, by the proxy and by the run', async () => {
  const { info } = await server.run()
  const url = `${server.base}${artifactPath(info.artifact_uri, 'plots/ä b.png')}`
  const bytes = randomBytes(1000)
  expect((await fetch(url, { method: 'PUT', body: bytes })).status).toBe(200)
  const { root_uri, files } = await call(server.base, listArtifacts, { run_id: info.run_id, path: 'plots' })
  expect(root_uri).toBe(info.artifact_uri)
  expect(files).toEqual([{ path: 'plots/ä b.png', is_dir: false, file_size: 1000 }])
  const reply = await fetch(url)
  expect(Buffer.from(await reply.arrayBuffer()).equals(bytes)).toBe(true)
  expect(reply.headers.get('content-type')).toBe('image/png')
  const ofRun = await fetch(
    `${server.base}/get-artifact?run_id=${info.run_id}&path=${encodeURIComponent('plots/ä b.png')}`,
  )
  expect(Buffer.from(await ofRun.arrayBuffer()).equals(bytes)).toBe(true)
})

test('names with a percent sign are kept as they are', async () => {
  const { info } = await server.run()
  for (const path of ['100%', 'a%20b.txt', 'é.txt', 'a+b&c.txt']) {
    await fetch(`${server.base}${artifactPath(info.artifact_uri, path)}`, { method: 'PUT', body: path })
    const reply = await fetch(`${server.base}/get-artifact?run_id=${info.run_id}&path=${encodeURIComponent(path)}`)
    expect(await reply.text()).toBe(path)
  }
  const { files } = await call(server.base, listArtifacts, { run_id: info.run_id })
  expect(files.map((file) => file.path)).toEqual(['100%', 'a%20b.txt', 'a+b&c.txt', 'é.txt'])
})

test('a range gets its bytes, a known etag gets 304, a range behind the end gets 416', async () => {
  await fetch(`${server.base}${proxy}/range.txt`, { method: 'PUT', body: '0123456789' })
  const get = (headers: Record<string, string>) => fetch(`${server.base}${proxy}/range.txt`, { headers })
  const part = await get({ range: 'bytes=2-4' })
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 2-4/10', '234'])
  expect(await (await get({ range: 'bytes=-3' })).text()).toBe('789')
  expect(await (await get({ range: 'bytes=7-' })).text()).toBe('789')
  expect((await get({ range: 'bytes=10-' })).status).toBe(416)
  expect((await get({ 'if-none-match': part.headers.get('etag') ?? '' })).status).toBe(304)
})

test('text comes as text/plain without a charset, and nothing may run in our origin', async () => {
  for (const [name, type] of [
    ['a.txt', 'text/plain'],
    ['MLmodel', 'text/plain'],
    ['a.html', 'text/html'],
    ['a.pkl', 'application/octet-stream'],
  ]) {
    await fetch(`${server.base}${proxy}/${name}`, { method: 'PUT', body: '<script>alert(1)</script>' })
    const { headers } = await fetch(`${server.base}${proxy}/${name}`)
    expect(headers.get('content-type')).toBe(type)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-disposition')).toContain('attachment')
    expect(headers.get('content-security-policy')).toContain('sandbox')
  }
})

test.each([
  '../x',
  'a/../../x',
  '%2e%2e/x',
  '%2e%2e%2fx',
  '%252e%252e%252fx',
  '%25252e%25252e%25252fx',
  '..%c0%afx',
  '%2fetc%2fpasswd',
  'C:/x',
  'C%3A%5Cx',
  '..%5c..%5cx',
  'a%00.png',
  'a%0ab',
  'file:%2f%2f%2fetc%2fpasswd',
  'file%3Aetc',
  'a%23b',
  '.',
  'a/./b',
  'a/..',
  'x'.repeat(300),
  '',
])('the path %j is refused for reading, writing and deleting', async (path) => {
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const { status, body } = await raw(server.base, {
      method,
      path: `${proxy}/${path}`,
      body: method === 'PUT' ? 'x' : undefined,
    })
    if (method === 'GET' && path === '') continue // an empty path reads nothing and is not found
    expect([status, JSON.parse(body)], `${method} ${path}`).toEqual([
      400,
      { error_code: 'INVALID_PARAMETER_VALUE', message: 'Invalid path' },
    ])
  }
})

test('a missing artifact is 404, deleting it is no error, deleting a folder leaves its neighbours', async () => {
  expect((await fetch(`${server.base}${proxy}/no/such`)).status).toBe(404)
  expect((await fetch(`${server.base}${proxy}/no/such`, { method: 'DELETE' })).status).toBe(200)
  for (const name of ['del/a', 'del/b/c', 'del2'])
    await fetch(`${server.base}${proxy}/${name}`, { method: 'PUT', body: 'x' })
  await fetch(`${server.base}${proxy}/del`, { method: 'DELETE' })
  expect((await fetch(`${server.base}${proxy}/del/b/c`)).status).toBe(404)
  expect((await fetch(`${server.base}${proxy}/del2`)).status).toBe(200)
})

test('an upload that is cut off leaves nothing visible', async () => {
  const { port } = new URL(server.base)
  const upload = httpRequest({
    port,
    method: 'PUT',
    path: `${proxy}/cut.bin`,
    headers: { 'content-length': 1_000_000 },
  })
  upload.on('error', () => undefined)
  await new Promise((sent) => upload.write(randomBytes(1000), sent))
  const closed = new Promise((resolve) => upload.on('close', resolve))
  upload.destroy()
  await closed
  expect((await fetch(`${server.base}${proxy}/cut.bin`)).status).toBe(404)
  expect(await server.artifacts.stat('cut.bin')).toBeUndefined()
})

test('100 MB come back as they went in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'artifacts-'))
  await using own = await startTestServer({ artifacts: await folderStore(folder) })
  const chunk = randomBytes(1024 * 1024)
  const chunks = Array.from({ length: 100 }, () => chunk)
  const body = Readable.toWeb(Readable.from(chunks)) as BodyInit // Node's own stream type under the web's name
  const init = { method: 'PUT', body, duplex: 'half' } as RequestInit // fetch asks for duplex, its type does not know it
  expect((await fetch(`${own.base}${proxy}/large.bin`, init)).status).toBe(200)
  const hash = createHash('md5')
  for await (const part of (await fetch(`${own.base}${proxy}/large.bin`)).body ?? []) hash.update(part)
  const expected = createHash('md5')
  for (let index = 0; index < 100; index++) expected.update(chunk)
  expect(hash.digest('hex')).toBe(expected.digest('hex'))
  await rm(folder, { recursive: true })
})

test('artifacts in a place that is none of the server’s are not opened, and the answer says so', async () => {
  const { experiment_id } = await call(server.base, createExperiment, {
    name: 'away',
    artifact_location: 'file:///etc',
  })
  const { info } = await server.run({ experimentId: experiment_id })
  const listing = call(server.base, listArtifacts, { run_id: info.run_id })
  await expect(listing).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('this server opens no place but its own'),
  })
})

test('multipart upload is refused in the words that make clients send the file in one piece', async () => {
  const reply = await fetch(`${server.base}/api/2.0/mlflow-artifacts/mpu/create/x`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  expect(reply.status).toBe(501)
  expect((await reply.json()) as object).toMatchObject({
    message: expect.stringMatching(/^Multipart upload is not supported for the current artifact repository/),
  })
})

/** A request whose path goes out as it is, unlike fetch's. */
function raw(
  base: string,
  { method, path, body }: { method: string; path: string; body?: string | undefined },
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port: new URL(base).port, method, path }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, body: text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

test('a full disk is told as such with 507, whatever is left of the body, and the key keeps what it had', async () => {
  const memory = memoryStore()
  const full: ObjectStore = {
    ...memory,
    put: (_key, bytes) => pipeline(bytes instanceof Uint8Array ? [bytes] : bytes, createWriteStream('/dev/full')),
  }
  await memory.put('kept', Buffer.from('old'))
  await using own = await startTestServer({ artifacts: full })
  for (const size of [10, 30_000_000]) {
    const reply = await fetch(`${own.base}${proxy}/kept`, { method: 'PUT', body: Buffer.alloc(size) })
    expect([size, reply.status]).toEqual([size, 507])
    expect(await reply.json()).toMatchObject({ message: expect.stringContaining('disk of the server is full') })
  }
  expect(await (await fetch(`${own.base}${proxy}/kept`)).text()).toBe('old')
})
