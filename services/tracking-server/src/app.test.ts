import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { routes, streams } from '@waymark/contract/routes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../test/test-server.ts'
import { apiRoutes } from './app.ts'

let server: TestServer
let webDir: string
beforeAll(async () => {
  webDir = await mkdtemp(join(tmpdir(), 'web-'))
  await mkdir(join(webDir, 'assets'))
  await writeFile(join(webDir, 'index.html'), '<!doctype html><base href="/" /><title>built</title>')
  await writeFile(join(webDir, 'assets', 'main-abc.js'), 'run()')
  await writeFile(join(webDir, 'theme.js'), 'theme()')
  server = await startTestServer({ webDir })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(webDir, { recursive: true })
})

test('every call of the contract is served, has a summary and a permission, and no path is there twice', () => {
  const { served } = apiRoutes(server.context)
  const places: string[] = []
  for (const [name, route] of [...routes, ...streams]) {
    expect(served.has(route), `${name} is served`).toBe(true)
    expect(route.summary, name).toMatch(/\w/)
    expect(route.permission, name).toMatch(/^(experiment|run|model|artifact|server):(read|write|delete)$/)
    const paths = 'paths' in route ? route.paths : route.prefixes.map((prefix) => prefix + route.path)
    places.push(...paths.map((path) => `${route.method} ${path.replace(/\{\w+\}/g, '{}')}`))
  }
  expect(places).toHaveLength(new Set(places).size)
  expect(served.size).toBe(routes.size + streams.size)
})

test.each([
  ['a list of millions of items', 'log-batch', 'metrics', () => `[${'{},'.repeat(4_000_000)}{}]`],
  ['thousands of lists', 'log-inputs', 'datasets', () => `[${`{"tags":[${'{},'.repeat(9000)}{}]},`.repeat(900)}{}]`],
  ['a list 100,000 deep where text is due', 'set-tag', 'key', () => '['.repeat(100_000) + ']'.repeat(100_000)],
  [
    'an object 100,000 deep where text is due',
    'set-tag',
    'key',
    () => `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
  ],
])(
  '%s is refused by name, within moments',
  async (_what, path, field, value) => {
    const before = process.cpuUsage()
    const reply = await fetch(`${server.base}/api/2.0/mlflow/runs/${path}`, {
      method: 'POST',
      body: `{"run_id":"x","${field}":${value()}}`,
      headers: { 'content-type': 'application/json' },
    })
    const { error_code, message } = (await reply.json()) as { error_code: string; message: string }
    expect([reply.status, error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE'])
    expect(message).toContain(`for parameter '${field}' supplied`)
    expect(message.length).toBeLessThan(1000)
    // The processor's time, which other tests at work on the same machine do not stretch.
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(5000)
  },
  60_000,
)

test('no route answers a request full of nonsense with a 5xx', async () => {
  const bodies = [
    '{}',
    '[]',
    '1',
    '"{}"',
    '{"run_id": {}}',
    '{"filter": 5, "name": []}',
    '{"max_results": 1e99}',
    `${'['.repeat(20_000)}`,
  ]
  for (const [name, { method, prefixes, path }] of routes) {
    const url = `${server.base}${prefixes[0]}${path.replace(/\{\w+\}/g, 'x')}`
    for (const body of bodies) {
      const init = method === 'GET' ? {} : { method, body, headers: { 'content-type': 'application/json' } }
      const reply = await fetch(method === 'GET' ? `${url}?max_results=x&filter=(&run_ids=a&order_by=;` : url, init)
      expect(reply.status, `${name} ${body.slice(0, 50)}`).toBeLessThan(500)
      await reply.json()
    }
  }
})

test('an unknown path is 404 with JSON, so that clients fall back to what is there', async () => {
  for (const path of [
    '/api/2.0/mlflow/experiments/list',
    '/api/2.0/preview/mlflow/x',
    '/api/2.0/mlflow/runs/get/',
    '/ajax-api/9',
  ]) {
    const reply = await fetch(`${server.base}${path}`)
    expect(reply.status, path).toBe(404)
    expect((await reply.json()) as object).toMatchObject({ error_code: 'ENDPOINT_NOT_FOUND' })
  }
})

test('a server that serves no artifacts says so at once, in words', async () => {
  await using own = await startTestServer({ serveArtifacts: false })
  const reply = await fetch(`${own.base}/api/2.0/mlflow-artifacts/artifacts/x`, { method: 'PUT', body: 'x' })
  expect(reply.status).toBe(404)
  expect(await reply.json()).toMatchObject({ message: expect.stringContaining('--no-serve-artifacts') })
})

test('health, version, readiness and server-info answer', async () => {
  expect(await (await fetch(`${server.base}/health`)).text()).toBe('OK')
  expect(await (await fetch(`${server.base}/version`)).text()).toMatch(/^\d+\.\d+\.\d+$/)
  expect(await (await fetch(`${server.base}/ready`)).json()).toEqual({ ready: true, database: 'ok', store: 'ok' })
  const info = await (await fetch(`${server.base}/api/3.0/mlflow/server-info`)).json()
  expect(info).toMatchObject({ workspaces_enabled: false, multipart_uploads_enabled: false })
})

test.each([
  ['evil.com', 403],
  ['localhost.evil.com', 403],
  ['10.evil.example', 403],
  ['localhost:5000.evil.example', 403],
  ['127.0.0.1.nip.io', 403],
  ['localhost', 404],
  ['localhost:1234', 404],
  ['[::1]:5000', 404],
  ['192.168.1.7:5000', 404],
])('a request for the host %j is answered with %i', async (host, status) => {
  expect(await raw({ path: '/api/2.0/mlflow/none', headers: { host } })).toBe(status)
})

test('a request for two hosts at once is refused', async () => {
  const url = `${server.base}/api/2.0/mlflow/none`
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    httpRequest(url, { headers: ['Host', 'localhost', 'Host', 'evil.com'] }, resolve)
      .on('error', reject)
      .end()
  })
  reply.resume()
  expect(reply.statusCode).toBe(403)
})

test.each([
  ['http://evil.com', 403],
  ['null', 403],
  ['http://localhost.evil.com', 403],
  ['http://localhost:3000', 200],
])('a write from a page of %s is answered with %i', async (origin, status) => {
  const headers = { origin, 'content-type': 'application/json' }
  const path = '/api/2.0/mlflow/experiments/search'
  expect(await raw({ method: 'POST', path, headers, body: '{"max_results":1}' })).toBe(status)
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', undefined])(
  'a write with content type %s is refused, as a form of another site could send it',
  async (type) => {
    const headers = type === undefined ? {} : { 'content-type': type }
    expect(
      await raw({ method: 'POST', path: '/api/2.0/mlflow/experiments/create', headers, body: '{"name":"x"}' }),
    ).toBe(400)
  },
)

test('a body over the limit is refused before it is read, and a log-batch of 20 MB is not', async () => {
  const huge = { 'content-type': 'application/json', 'content-length': String(10 * 1024 ** 3) }
  expect(await raw({ method: 'POST', path: '/api/2.0/mlflow/runs/log-batch', headers: huge, body: '{' })).toBe(413)
  const { info } = await server.run()
  const body = JSON.stringify({ run_id: info.run_id, params: [{ key: 'p', value: 'x'.repeat(20_000_000) }] })
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${server.base}/api/2.0/mlflow/runs/log-batch`, { method: 'POST', body, headers })
  expect(reply.status).toBe(200)
})

test('a body that turns out too large on its way is answered, not hung up on', async () => {
  const url = `${server.base}/api/2.0/mlflow/runs/log-batch`
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
    const sending = httpRequest(url, { method: 'POST', headers }, resolve).on('error', reject)
    sending.end(Buffer.alloc(33 * 1024 * 1024, ' '))
  })
  reply.resume()
  expect(reply.statusCode).toBe(413)
})

test('a client that reads only once it has sent all of a body that is too large finds its answer', async () => {
  const client = connect(Number(new URL(server.base).port)).pause()
  await once(client, 'connect')
  const head = 'POST /api/2.0/mlflow/runs/log-batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n'
  client.write(`${head}transfer-encoding: chunked\r\n\r\n`)
  for (let sent = 0; sent < 64; sent++) {
    if (!client.write(`100000\r\n${' '.repeat(1024 * 1024)}\r\n`)) await once(client, 'drain')
  }
  client.write('0\r\n\r\n')
  expect(await text(client)).toMatch(/^HTTP\/1\.1 413 .*"INVALID_PARAMETER_VALUE"/s)
})

test.each([
  ['runs/set-tag', { run_id: 'x', key: 5 }, '5', 'key', 'int', 'Expected string.'],
  [
    'runs/log-metric',
    { run_id: 'x', key: 'm', value: 1, timestamp: 1, step: 1.5 },
    '1.5',
    'step',
    'float',
    'Expected a whole number within ±(2^53 - 1).',
  ],
  [
    'runs/log-metric',
    { run_id: 'x', key: 'm', value: 1, timestamp: 'now' },
    '"now"',
    'timestamp',
    'str',
    'Expected a whole number within ±(2^53 - 1).',
  ],
  ['runs/search', { experiment_ids: '0' }, '"0"', 'experiment_ids', 'str', 'Expected array.'],
])(
  '%s with %j is refused in MLflow’s words, and then what is allowed',
  async (path, body, value, field, type, allowed) => {
    const reply = await fetch(`${server.base}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    })
    expect(await reply.json()).toEqual({
      error_code: 'INVALID_PARAMETER_VALUE',
      message:
        `Invalid value ${value} for parameter '${field}' supplied:  Hint: Value was of type '${type}'. ` +
        `See the API docs for more information about request parameters. ${allowed}`,
    })
  },
)

test('the web UI is served: its files, and its page for every other address', async () => {
  const page = await fetch(`${server.base}/experiments/0/runs/abc`, { headers: { accept: 'text/html' } })
  expect(await page.text()).toContain('<title>built</title>')
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self';")
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const script = await fetch(`${server.base}/assets/main-abc.js`)
  expect([await script.text(), script.headers.get('cache-control')]).toEqual([
    'run()',
    'public, max-age=31536000, immutable',
  ])
  expect((await fetch(`${server.base}/theme.js`)).headers.get('cache-control')).toBe('no-cache')
  expect((await fetch(`${server.base}/assets/none.js`)).status).toBe(404)
})

test('without a build the page says how to build it', async () => {
  await using bare = await startTestServer()
  const page = await fetch(bare.base, { headers: { accept: 'text/html' } })
  expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('npm run build')])
})

test('a static prefix stands before the pages and ajax-api, not before api', async () => {
  await using own = await startTestServer({ webDir, staticPrefix: '/ml' })
  const get = async (path: string) => {
    const reply = await fetch(`${own.base}${path}`, { headers: { accept: 'text/html' } })
    return { status: reply.status, text: await reply.text() }
  }
  expect((await get('/ml/experiments')).text).toContain('<base href="/ml/" />')
  expect((await get('/ml/assets/main-abc.js')).text).toBe('run()')
  expect((await get('/ml/ajax-api/2.0/mlflow/experiments/get?experiment_id=0')).status).toBe(200)
  expect((await get('/ajax-api/2.0/mlflow/experiments/get?experiment_id=0')).status).toBe(404)
  expect((await get('/api/2.0/mlflow/experiments/get?experiment_id=0')).status).toBe(200)
})

function raw(words: {
  method?: string
  path: string
  headers: Record<string, string>
  body?: string
}): Promise<number> {
  const { body, ...options } = words
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ port: new URL(server.base).port, ...options }, (reply) => {
      reply.resume()
      resolve(reply.statusCode ?? 0)
      sent.destroy()
    })
    sent.on('error', reject)
    if (options.headers['content-length']) sent.write(body ?? '')
    else sent.end(body)
  })
}
