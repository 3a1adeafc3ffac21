import { call } from '@waymark/client/call'
import { getMetricHistory, getMetricHistoryBulk, getMetricHistoryBulkInterval } from '@waymark/contract/metrics'
import { logBatch } from '@waymark/contract/runs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

async function runWithPoints(count: number): Promise<string> {
  const { info } = await server.run()
  for (let from = 0; from < count; from += 1000) {
    const metrics = Array.from({ length: Math.min(1000, count - from) }, (_, index) => ({
      key: 'loss',
      value: from + index,
      timestamp: 1000 + from + index,
      step: from + index,
    }))
    await call(server.base, logBatch, { run_id: info.run_id, metrics })
  }
  return info.run_id
}

test('a history comes whole without a limit, and in pages with one', async () => {
  const run_id = await runWithPoints(2500)
  const whole = await call(server.base, getMetricHistory, { run_id, metric_key: 'loss' })
  expect(whole.metrics).toHaveLength(2500)
  expect(whole.next_page_token).toBeUndefined()
  const steps: number[] = []
  let page_token: string | undefined
  do {
    const page = await call(server.base, getMetricHistory, {
      run_id,
      metric_key: 'loss',
      max_results: 1000,
      page_token,
    })
    steps.push(...page.metrics.map((point) => point.step))
    page_token = page.next_page_token
  } while (page_token)
  expect(steps).toEqual(Array.from({ length: 2500 }, (_, index) => index))
})

test('pages of a history with NaN and infinities lose no point', async () => {
  const { info } = await server.run()
  const values = [1, Infinity, Number.NaN, -Infinity, 0]
  const metrics = values.map((value) => ({ key: 'm', value, timestamp: 5, step: 0 }))
  await call(server.base, logBatch, { run_id: info.run_id, metrics })
  const found: number[] = []
  let page_token: string | undefined
  do {
    const page = await call(server.base, getMetricHistory, {
      run_id: info.run_id,
      metric_key: 'm',
      max_results: 1,
      page_token,
    })
    found.push(...page.metrics.map((point) => point.value))
    page_token = page.next_page_token
  } while (page_token)
  expect(found).toEqual([-Infinity, 0, 1, Infinity, Number.NaN])
})

test('an unknown run or key has no points, and a token of another list is refused', async () => {
  const { info } = await server.run()
  expect((await call(server.base, getMetricHistory, { run_id: 'none', metric_key: 'm' })).metrics).toEqual([])
  expect((await call(server.base, getMetricHistory, { run_id: info.run_id, metric_key: 'm' })).metrics).toEqual([])
  for (const page_token of ['x', 'eyJvZmZzZXQiOiAwfQ==', Buffer.from('["a",1]').toString('base64url')]) {
    const reading = call(server.base, getMetricHistory, { run_id: info.run_id, metric_key: 'm', page_token })
    await expect(reading).rejects.toMatchObject({
      status: 400,
      message: expect.stringMatching(/^Invalid page token, /),
    })
  }
})

test.each([
  [10, 5],
  [10, 3],
  [7, 7],
  [5, 9],
  [2501, 2500],
  [1000, 320],
  [3, 1],
])('of %i points at most %i come back, spread evenly, the last one among them', async (count, max_results) => {
  const run_id = await runWithPoints(count)
  const { metrics } = await call(server.base, getMetricHistoryBulkInterval, {
    run_ids: [run_id],
    metric_key: 'loss',
    max_results,
  })
  expect(metrics.map((point) => point.step)).toEqual(sampled(count, max_results))
})

test('sampling keeps to a range of steps, and to the order of the runs asked for', async () => {
  const [one, two] = [await runWithPoints(20), await runWithPoints(10)]
  const { metrics } = await call(server.base, getMetricHistoryBulkInterval, {
    run_ids: [two, one],
    metric_key: 'loss',
    start_step: 8,
    end_step: 11,
    max_results: 100,
  })
  expect(metrics.map(({ run_id, step }) => [run_id === one ? 1 : 2, step])).toEqual([
    [2, 8],
    [2, 9],
    [1, 8],
    [1, 9],
    [1, 10],
    [1, 11],
  ])
})

test.each([
  [{ max_results: 2501 }, 'max_results must be between 1 and 2500'],
  [{ max_results: 0 }, 'max_results must be between 1 and 2500'],
  [{ start_step: 1 }, 'both must be specified'],
  [{ start_step: 2, end_step: 1 }, 'end_step must be greater than start_step'],
  [{ run_ids: Array.from({ length: 101 }, (_, index) => `${index}`) }, 'must specify at most 100 run_ids'],
])('the sampled history refuses %j', async (words, message) => {
  const reading = call(server.base, getMetricHistoryBulkInterval, { run_ids: ['a'], metric_key: 'loss', ...words })
  await expect(reading).rejects.toMatchObject({ status: 400, message: expect.stringContaining(message) })
})

test('several runs come whole and run by run, up to a limit in all', async () => {
  const ids = [await runWithPoints(3), await runWithPoints(3)].toSorted()
  const { metrics } = await call(server.base, getMetricHistoryBulk, { run_id: ids, metric_key: 'loss', max_results: 5 })
  expect(metrics.map(({ run_id, step }) => [ids.indexOf(run_id), step])).toEqual([
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
  ])
})

/** MLflow 3.17.2's rule, said the slow way: the first of each of NTILE's buckets, of the last one the last. */
function sampled(count: number, buckets: number): number[] {
  const members: number[][] = Array.from({ length: Math.min(buckets, count) }, () => [])
  const size = Math.floor(count / buckets)
  const longer = count % buckets
  let step = 0
  members.forEach((bucket, index) => {
    for (let n = 0; n < size + (index < longer ? 1 : 0); n++) bucket.push(step++)
  })
  return members.map((bucket, index) => (index === members.length - 1 ? bucket.at(-1) : bucket[0]) ?? -1)
}
