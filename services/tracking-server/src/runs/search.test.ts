import { call } from '@waymark/client/call'
import { searchDatasets } from '@waymark/contract/experiments'
import { countChildren, countRuns, listRunKeys, summariseExperiments } from '@waymark/contract/run-table'
import { logBatch, logInputs, searchRuns } from '@waymark/contract/runs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/test-server.ts'

let server: TestServer
let experiment_id: string
const ids: Record<string, string> = {}

beforeAll(async () => {
  server = await startTestServer()
  experiment_id = await server.experiment()
  const make = async (name: string, words: Parameters<TestServer['run']>[0]) => {
    ids[name] = (await server.run({ experimentId: experiment_id, name, ...words })).info.run_id
  }
  await make('a', { startTime: 1, metrics: { acc: 0.9 }, params: { lr: '0.1' }, tags: { team: 'red' } })
  await make('b', { startTime: 2, metrics: { acc: Number.NaN }, params: { lr: '0.01' }, tags: { team: 'Blue' } })
  await make('c', { startTime: 3, params: { 'odd name': 'x' } })
  await make('d', {
    startTime: 3,
    metrics: { acc: 0.1, 'val/loss': 2 },
    tags: { 'mlflow.parentRunId': ids['a'] ?? '' },
  })
  await make('gone', { startTime: 9, metrics: { acc: 5 }, lifecycle: 'deleted' })
  const dataset = { name: 'iris', digest: 'd1', source_type: 'local', source: 'x' }
  const tags = [{ key: 'mlflow.data.context', value: 'training' }]
  await call(server.base, logInputs, { run_id: ids['a'] ?? '', datasets: [{ tags, dataset }] })
})
afterAll(() => server[Symbol.asyncDispose]())

async function names(words: Partial<Parameters<typeof call<typeof searchRuns.request, typeof searchRuns.reply>>[2]>) {
  const { runs } = await call(server.base, searchRuns, { experiment_ids: [experiment_id], ...words })
  return runs.map((run) => run.info.run_name).join('')
}

test.each([
  ['metrics.acc > 0.05', 'da'],
  ['metric.acc != 0.9', 'bd'],
  ['metrics.`val/loss` = 2', 'd'],
  ["params.lr = '0.1'", 'a'],
  ["params.lr LIKE '0.%'", 'ba'],
  ["params.`odd name` = 'x'", 'c'],
  ["tags.team ILIKE 'b%'", 'b'],
  ["tag.team != 'red'", 'b'],
  ['tags.team IS NULL', 'cd'],
  ['params.lr is not null', 'ba'],
  ["attributes.run_name = 'a'", 'a'],
  ["run_name LIKE '_' and start_time >= 3", 'cd'],
  ["attributes.`Run name` = 'b'", 'b'],
  ["status = 'RUNNING' and created < 2", 'a'],
  ["datasets.name = 'iris' AND dataset.context IN ('training', 'eval')", 'a'],
  ["params.lr = '0.1' OR metrics.acc < 0.5", 'da'],
  ["NOT (params.lr = '0.1' OR metrics.acc < 0.5)", 'cb'],
  ["params.lr = '0.1' AND metrics.acc > 0.5 AND tags.team = 'red'", 'a'],
])('the filter %s finds %s', async (filter, expected) => {
  expect((await names({ filter })).split('').sort()).toEqual(expected.split('').sort())
})

test('runs are found by a list of ids', async () => {
  expect(await names({ filter: `run_id IN ('${ids['a']}', '${ids['c']}', 'none')` })).toBe('ca')
  expect(await names({ filter: `run_id NOT IN ('${ids['a']}')`, order_by: ['run_name'] })).toBe('bcd')
})

test.each([
  [['metrics.acc DESC'], 'adb', 'c'],
  [['metrics.acc'], 'dab', 'c'],
  [['params.lr'], 'ba', 'cd'],
  [['params.lr DESC'], 'ab', 'cd'],
  [['attributes.run_name desc'], 'dcba', ''],
  [['start_time ASC', 'run_name DESC'], 'abdc', ''],
])('ordered by %j the runs are %s, then those without a value: %s', async (order_by, first, rest) => {
  const found = await names({ order_by })
  expect(found.slice(0, first.length)).toBe(first)
  expect(found.slice(first.length).split('').sort().join('')).toBe(rest)
})

test.each([
  [{ filter: "metrics.acc > '0.5'" }, 'Expected numeric value type for metric'],
  [{ filter: 'params.lr = 0.1' }, 'Expected a quoted string value'],
  [{ filter: 'params.lr > 1' }, "Invalid comparator '>'"],
  [{ filter: "run_name IN ('a')" }, "Invalid comparator 'IN'"],
  [{ filter: "bogus.x = '1'" }, "Invalid entity type 'bogus'"],
  [{ filter: "attributes.lifecycle_stage = 'active'" }, "Invalid attribute key 'lifecycle_stage'"],
  [{ filter: "attributes.__proto__ = 'x'" }, "Invalid attribute key '__proto__'"],
  [{ filter: "params.x LIKE 'a\\'" }, 'ends with a lone backslash'],
  [{ order_by: ['start_time', 'created DESC'] }, 'duplicate fields'],
  [{ order_by: ['metrics.acc SIDEWAYS'] }, 'Invalid order_by clause'],
  [{ order_by: Array.from({ length: 1000 }, (_, index) => `metrics.m${index}`) }, 'at most 20 columns'],
  [{ max_results: 50_001 }, "Invalid value 50001 for parameter 'max_results' supplied"],
  [{ max_results: 0 }, 'positive integer'],
  [{ page_token: 'bogus' }, 'Invalid page token, '],
])('%j is refused in words', async (words, message) => {
  await expect(names(words)).rejects.toMatchObject({ status: 400, message: expect.stringContaining(message) })
})

test.each([[[]], [['metrics.acc DESC']], [['params.lr', 'metrics.acc']], [['end_time DESC']]])(
  'pages in the order %j join to the whole, each run once',
  async (order_by) => {
    const whole = await names({ order_by })
    let joined = ''
    let page_token: string | undefined
    do {
      const request = { experiment_ids: [experiment_id], order_by, max_results: 1, page_token }
      const page = await call(server.base, searchRuns, request)
      joined += page.runs.map((run) => run.info.run_name).join('')
      page_token = page.next_page_token
    } while (page_token)
    expect(joined).toBe(whole)
  },
)

test('a token of one order is refused in another', async () => {
  const first = await call(server.base, searchRuns, { experiment_ids: [experiment_id], max_results: 1 })
  const other = { experiment_ids: [experiment_id], page_token: first.next_page_token, order_by: ['metrics.acc'] }
  await expect(call(server.base, searchRuns, other)).rejects.toMatchObject({ status: 400 })
})

test('deleted runs are found only when asked for, and no experiment means no run', async () => {
  expect(await names({ run_view_type: 'DELETED_ONLY' })).toBe('gone')
  expect((await names({ run_view_type: 3 })).startsWith('gone')).toBe(true)
  expect(await names({ experiment_ids: [] })).toBe('')
})

test('a search tells the data sets that a run read', async () => {
  const { runs } = await call(server.base, searchRuns, { experiment_ids: [experiment_id], filter: "run_name = 'a'" })
  expect(runs[0]?.inputs?.dataset_inputs).toMatchObject([{ dataset: { name: 'iris' }, tags: [{ value: 'training' }] }])
})

test('the data sets of an experiment are listed once for each context', async () => {
  const reply = await call(server.base, searchDatasets, { experiment_ids: [experiment_id] })
  expect(reply.dataset_summaries).toEqual([{ experiment_id, name: 'iris', digest: 'd1', context: 'training' }])
  await expect(call(server.base, searchDatasets, {})).rejects.toMatchObject({ status: 400 })
})

test('what the runs table asks: counts, children, keys, and the state of experiments', async () => {
  const of = { experiment_ids: [experiment_id] }
  expect(await call(server.base, countRuns, { ...of, filter: 'metrics.acc > 0' })).toEqual({ count: 2 })
  expect(await call(server.base, countChildren, { run_ids: Object.values(ids) })).toEqual({
    children: [{ run_id: ids['a'], count: 1 }],
  })
  expect(await call(server.base, listRunKeys, of)).toEqual({
    metrics: ['acc', 'val/loss'],
    params: ['lr', 'odd name'],
    tags: ['mlflow.parentRunId', 'mlflow.runName', 'team'],
  })
  expect(await call(server.base, summariseExperiments, of)).toEqual({
    experiments: [{ experiment_id, runs: 3, running: 3, last_run_time: 3 }],
  })
})

test('what is written to a run shows in the next search', async () => {
  const run_id = ids['c'] ?? ''
  await call(server.base, logBatch, { run_id, metrics: [{ key: 'late', value: 7, timestamp: 1 }] })
  expect(await names({ filter: 'metrics.late = 7' })).toBe('c')
})
