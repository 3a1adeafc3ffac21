import { expect, test } from 'vitest'
import { serveModel } from '../test/serve-model.ts'
import { toyModel } from '../test/toy-model.ts'

const json = { 'content-type': 'application/json' }
const good = { carat: 1.5, cut: 'Ideal' }

test('before there is a model, ping and invocations are 503 and say why, and health is well', async () => {
  await using app = await serveModel(undefined)
  for (const path of ['/ping', '/invocations']) {
    const reply = await fetch(app.url + path, path === '/ping' ? {} : { method: 'POST', headers: json, body: '{}' })
    expect(reply.status).toBe(503)
    expect(await reply.json()).toEqual({
      error_code: 'TEMPORARILY_UNAVAILABLE',
      message: 'Cannot predict yet: the test gave none',
    })
    expect(reply.headers.get('retry-after')).toBe('2')
  }
  const health = await fetch(`${app.url}/health`)
  expect([health.status, await health.text()]).toEqual([200, '\n'])
})

test('with a model, ping and health answer one newline and name it; version is plain text', async () => {
  await using app = await serveModel(toyModel())
  for (const path of ['/ping', '/health']) {
    const reply = await fetch(app.url + path)
    expect([reply.status, await reply.text(), reply.headers.get('x-waymark-model')]).toEqual([200, '\n', 'toy@1'])
  }
  expect(await (await fetch(`${app.url}/version`)).text()).toMatch(/^\d+\.\d+\.\d+$/)
})

test('another path is a 404 and another method a 405, in the form of every error', async () => {
  await using app = await serveModel(toyModel())
  const missing = await fetch(`${app.url}/predict`)
  expect([missing.status, (await missing.json()).error_code]).toEqual([404, 'ENDPOINT_NOT_FOUND'])
  const wrong = await fetch(`${app.url}/invocations`)
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
  const { message } = await wrong.json()
  expect(message).toMatch(/^Cannot GET \/invocations: it takes POST\. Send .*dataframe_records.*GET \/ /)
})

test('the front page says what this is, which model is served and how it is asked, so that the asking works', async () => {
  await using app = await serveModel(toyModel())
  const reply = await fetch(app.url)
  const page = await reply.text()
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8'])
  expect(page).toMatch(/^Waymark prediction app \d+\.\d+\.\d+\n/)
  expect(page).toContain('Model: toy, version 1')
  expect(page).toMatch(/carat +double\n/)
  expect(page).toMatch(/zip +string, may be missing\n/)
  const form = /POST \/invocations.*\n.*\n+ +(\{.*\})\n/.exec(page)?.[1] ?? ''
  expect(form).toContain('"carat": <double>')
  const body = form.replace('<double>', '1.5').replaceAll('<string>', '"Fair"')
  expect((await fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body })).status).toBe(200)
  const wrong = await fetch(app.url, { method: 'POST' })
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET'])
})

test('before there is a model the front page is there and says why', async () => {
  await using app = await serveModel(undefined)
  const reply = await fetch(app.url)
  expect([reply.status, await reply.text()]).toEqual([
    200,
    expect.stringContaining('none yet, because the test gave none'),
  ])
})

test('a csv without a header is refused too where every column may be missing', async () => {
  const toy = toyModel()
  const inputs = toy.signature.inputs.map((spec) => ({ ...spec, required: false }))
  await using app = await serveModel({ ...toy, signature: { ...toy.signature, inputs } })
  const headers = { 'content-type': 'text/csv' }
  const reply = await fetch(`${app.url}/invocations`, { method: 'POST', headers, body: '1.5,Ideal\n' })
  expect(reply.status).toBe(400)
  expect((await reply.json()).message).toContain('"1.5,Ideal"')
})

test('the id that a caller gives its request comes back with the answer, whatever that is, and stands in the log', async () => {
  const broken = () => {
    throw new Error('broken')
  }
  await using app = await serveModel({ ...toyModel(), scores: broken })
  const headers = { ...json, 'x-request-id': 'order 17/3' }
  const body = JSON.stringify({ instances: [good] })
  for (const [path, init, status] of [
    ['/ping', {}, 200],
    ['/nowhere', {}, 404],
    ['/invocations', { method: 'POST', body: '[' }, 400],
    ['/invocations', { method: 'POST', body }, 500],
  ] as const) {
    const reply = await fetch(app.url + path, { ...init, headers })
    expect([reply.status, reply.headers.get('x-request-id')]).toEqual([status, 'order 17/3'])
  }
  expect(app.errors).toEqual([[expect.objectContaining({ requestId: 'order 17/3' }), expect.any(String)]])
  expect((await fetch(`${app.url}/ping`)).headers.has('x-request-id')).toBe(false)
})

test('a caller that takes only what is not JSON is refused with 406, and every other is served', async () => {
  await using app = await serveModel(toyModel())
  const body = JSON.stringify({ instances: [good] })
  const answer = (accept: string) =>
    fetch(`${app.url}/invocations`, { method: 'POST', body, headers: { ...json, accept } })
  for (const accept of ['text/csv', 'text/csv, image/*', 'application/json;q=0, text/csv']) {
    const reply = await answer(accept)
    expect([reply.status, reply.headers.get('content-type')]).toEqual([406, expect.stringMatching(/^application.json/)])
    expect((await reply.json()).message).toContain('application/json')
  }
  for (const accept of [
    '*/*',
    'application/*',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;verbose=true',
    'text/csv, */*;q=0.1',
    'no media type',
    '',
  ]) {
    expect([accept, (await answer(accept)).status]).toEqual([accept, 200])
  }
})

test('a body over the limit is a 413 that states the limit, packed or not', async () => {
  await using app = await serveModel(toyModel(), { maxBodyBytes: 1000 })
  const body = JSON.stringify({ instances: Array.from({ length: 100 }, () => good) })
  const packed = new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))
  const gzip = new Uint8Array(await new Response(packed).arrayBuffer())
  for (const init of [
    { body, headers: json },
    { body: gzip, headers: { ...json, 'content-encoding': 'gzip' } },
  ]) {
    const reply = await fetch(`${app.url}/invocations`, { method: 'POST', ...init })
    expect([reply.status, (await reply.json()).message]).toEqual([413, expect.stringContaining('1000 bytes')])
  }
})

test('a byte order mark is skipped, and what is not UTF-8 is refused', async () => {
  await using app = await serveModel(toyModel())
  const text = Buffer.from(JSON.stringify({ instances: [good] }))
  const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), text])
  expect((await fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body: marked })).status).toBe(200)
  const broken = Buffer.concat([text, Buffer.from([0xff])])
  const reply = await fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body: broken })
  expect([reply.status, (await reply.json()).message]).toEqual([400, expect.stringContaining('UTF-8')])
})

test('a body that is not packed as its header says is a 400 that names the packing', async () => {
  await using app = await serveModel(toyModel())
  const headers = { ...json, 'content-encoding': 'gzip' }
  const reply = await fetch(`${app.url}/invocations`, { method: 'POST', headers, body: '{"instances": []}' })
  expect([reply.status, (await reply.json()).message]).toEqual([400, expect.stringContaining('"gzip"')])
})

test('of very many columns that the model does not know, the header names some and counts the others', async () => {
  await using app = await serveModel(toyModel())
  const others = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`a column of little use ${index}`, 1]))
  const asked = (record: object) =>
    fetch(`${app.url}/invocations`, {
      ...{ method: 'POST', headers: json },
      body: JSON.stringify({ instances: [record] }),
    })
  const reply = await asked({ ...good, ...others })
  const named = (reply.headers.get('x-waymark-ignored-columns') ?? '').split(',')
  expect([reply.status, decodeURIComponent(named[0] ?? '')]).toEqual([200, 'a column of little use 0'])
  expect(named.at(-1)).toBe(`+${500 - (named.length - 1)}`)
  expect(named.join(',').length).toBeLessThan(1100)
  const refused = await asked(others)
  expect((await refused.json()).message).toMatch(/^.{0,1500} and 480 more, which the model does not know$/)
})

test('10,000 rows are answered in their order', async () => {
  await using app = await serveModel(toyModel())
  const data = Array.from({ length: 10_000 }, (_, row) => [row % 3 === 0 ? 2 : 0.5, 'Fair'])
  const body = JSON.stringify({ dataframe_split: { columns: ['carat', 'cut'], data } })
  const reply = await fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body })
  const { predictions } = (await reply.json()) as { predictions: { prediction: string }[] }
  expect(predictions.map(({ prediction }) => prediction)).toEqual(data.map(([carat]) => (carat === 2 ? 'high' : 'low')))
})

test('ping is answered while a large batch is predicted', async () => {
  await using app = await serveModel(toyModel())
  const body = JSON.stringify({ instances: Array.from({ length: 60_000 }, () => good) })
  let done = false
  const asking = fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body }).then(() => {
    done = true
  })
  await expect.poll(() => app.slot.leases, { interval: 0 }).toBe(1)
  expect((await fetch(`${app.url}/ping`)).status).toBe(200)
  expect(done).toBe(false)
  await asking
})

test('large batches are predicted one after the other, a small one in between', async () => {
  const toy = toyModel()
  const seen: unknown[] = []
  await using app = await serveModel({
    ...toy,
    encode(rows) {
      seen.push(rows[0]?.['carat'])
      return toy.encode(rows)
    },
  })
  const asked = async (carat: number, count: number) => {
    const body = JSON.stringify({ instances: Array.from({ length: count }, () => ({ ...good, carat })) })
    return (await fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body })).status
  }
  const large = [asked(1, 60_000), asked(2, 60_000), asked(3, 60_000)]
  await expect.poll(() => seen.length, { interval: 0 }).toBeGreaterThan(0)
  expect(await asked(4, 1)).toBe(200)
  expect(seen.length).toBeLessThan(90)
  expect(await Promise.all(large)).toEqual([200, 200, 200])
  const order = seen.filter((carat) => carat !== 4)
  expect(order).toHaveLength(90)
  expect(order.filter((carat, index) => carat !== order[index - 1])).toHaveLength(3)
})

test('a large batch whose caller has gone while it waited is left out, and those behind it are answered', async () => {
  const toy = toyModel()
  const seen = new Set<unknown>()
  await using app = await serveModel({
    ...toy,
    encode(rows) {
      seen.add(rows[0]?.['carat'])
      return toy.encode(rows)
    },
  })
  const asked = (carat: number) => {
    const body = JSON.stringify({ instances: Array.from({ length: 60_000 }, () => ({ ...good, carat })) })
    const caller = new AbortController()
    const reply = fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body, signal: caller.signal })
    return { carat, caller, reply }
  }
  const all = [1, 2, 3, 4].map(asked)
  await expect.poll(() => seen.size, { interval: 0 }).toBe(2)
  const [gone, ...others] = all.toSorted((a, b) => Number(seen.has(a.carat)) - Number(seen.has(b.carat)))
  gone?.caller.abort()
  await expect(gone?.reply).rejects.toThrow()
  for (const { reply } of others) expect((await reply).status).toBe(200)
  expect(seen).toEqual(new Set(others.map(({ carat }) => carat)))
})

test('deeply nested and hostile bodies are refused without harm', async () => {
  await using app = await serveModel(toyModel())
  const deep = `{"instances": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  const hostile = '{"dataframe_records": [{"carat": 1.5, "cut": "Ideal", "__proto__": {"x": 1}, "constructor": 1}]}'
  const deepValue = `{"instances": [{"carat": 1.5, "cut": ${'['.repeat(100_000)}${']'.repeat(100_000)}}]}`
  for (const body of [deep, deepValue]) {
    expect((await fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body })).status).toBe(400)
  }
  expect((await fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body: hostile })).status).toBe(200)
})

test('what goes wrong inside is logged under the id that the answer shows, and nothing of it leaks', async () => {
  const model = {
    ...toyModel(),
    scores: () => {
      throw new Error('the secret of /etc')
    },
  }
  await using app = await serveModel(model)
  const body = JSON.stringify({ instances: [good] })
  const reply = await fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body })
  const { error_code, message } = (await reply.json()) as { error_code: string; message: string }
  expect([reply.status, error_code]).toEqual([500, 'INTERNAL_ERROR'])
  expect(message).not.toContain('secret')
  expect(app.errors).toEqual([[expect.objectContaining({ id: message.split(' ').at(-1) }), expect.any(String)]])
})

test('a request finishes on the model it began with, and the old model is let go after it', async () => {
  const gone: string[] = []
  await using app = await serveModel(toyModel({ onDispose: () => gone.push('old') }))
  const body = JSON.stringify({ instances: Array.from({ length: 30_000 }, () => good) })
  const asking = fetch(`${app.url}/invocations`, { method: 'POST', headers: json, body })
  await expect.poll(() => app.slot.leases, { interval: 0 }).toBe(1)
  app.slot.swap({ name: 'toy', version: '2', model: toyModel({ extra: 0.0625 }) })
  expect(gone).toEqual([])
  const reply = await asking
  const { predictions } = (await reply.json()) as { predictions: { probability_high: number }[] }
  expect(reply.headers.get('x-waymark-model')).toBe('toy@1')
  expect(new Set(predictions.map((one) => one.probability_high))).toEqual(new Set([0.875]))
  expect(gone).toEqual(['old'])
  const next = await fetch(`${app.url}/ping`)
  expect(next.headers.get('x-waymark-model')).toBe('toy@2')
})
