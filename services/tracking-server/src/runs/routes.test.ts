import { call } from '@waymark/client/call'
import { getMetricHistory } from '@waymark/contract/metrics'
import * as runs from '@waymark/contract/runs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const getRun = async (run_id: string) => (await call(server.base, runs.getRun, { run_id })).run

test('a new run is RUNNING, has a name, and its artifacts lie below its experiment', async () => {
  const experiment_id = await server.experiment()
  const { run } = await call(server.base, runs.createRun, { experiment_id, start_time: 5, user_id: 'ann' })
  expect(run.info).toMatchObject({
    run_uuid: run.info.run_id,
    experiment_id,
    status: 'RUNNING',
    start_time: 5,
    user_id: 'ann',
    lifecycle_stage: 'active',
    run_name: expect.stringMatching(/^[a-z]+-[a-z]+-\d+$/),
    artifact_uri: `mlflow-artifacts:/${experiment_id}/${run.info.run_id}/artifacts`,
  })
  expect(run.data.tags).toEqual([{ key: 'mlflow.runName', value: run.info.run_name }])
})

test('metrics, params and tags of one batch are all there', async () => {
  const { info } = await server.run()
  await call(server.base, runs.logBatch, {
    run_id: info.run_id,
    metrics: [
      { key: 'loss', value: 0.5, timestamp: 10, step: 1 },
      { key: 'loss', value: 0.25, timestamp: 11, step: 2 },
      { key: 'acc', value: 0.9, timestamp: 11, step: 2 },
    ],
    params: [{ key: 'lr', value: '0.1' }],
    tags: [{ key: 'note', value: 'ünïcödé 🌳 "quoted" \\ \n' }],
  })
  const { data } = await getRun(info.run_id)
  expect(data.metrics).toMatchObject([
    { key: 'acc', value: 0.9, timestamp: 11, step: 2 },
    { key: 'loss', value: 0.25, timestamp: 11, step: 2 },
  ])
  expect(data.params).toEqual([{ key: 'lr', value: '0.1' }])
  expect(data.tags).toContainEqual({ key: 'note', value: 'ünïcödé 🌳 "quoted" \\ \n' })
})

test('NaN and both infinities come back as they went in', async () => {
  const { info } = await server.run()
  const values = {
    nan: Number.NaN,
    up: Infinity,
    down: -Infinity,
    tiny: 5e-324,
    large: 1.7976931348623157e308,
  }
  const metrics = Object.entries(values).map(([key, value]) => ({ key, value, timestamp: 1 }))
  await call(server.base, runs.logBatch, { run_id: info.run_id, metrics })
  const { data } = await getRun(info.run_id)
  const found = Object.fromEntries(data.metrics.map(({ key, value }) => [key, value]))
  expect(found).toEqual({ ...values })
  const history = await call(server.base, getMetricHistory, { run_id: info.run_id, metric_key: 'nan' })
  expect(history.metrics).toMatchObject([{ value: Number.NaN }])
  const text = await (await fetch(`${server.base}/api/2.0/mlflow/runs/get?run_id=${info.run_id}`)).text()
  expect(text).toContain('"value":"NaN"')
  expect(text).toContain('"value":"-Infinity"')
})

test('the latest point of a metric is the greatest by step, then timestamp, then value, in whatever order points come', async () => {
  const { info } = await server.run()
  const log = (step: number, timestamp: number, value: number) =>
    call(server.base, runs.logMetric, { run_id: info.run_id, key: 'm', value, timestamp, step })
  await log(5, 10, 1)
  await log(-3, 99, 7)
  await log(5, 9, 8)
  await log(5, 10, Number.NaN)
  const { data } = await getRun(info.run_id)
  expect(data.metrics).toMatchObject([{ key: 'm', value: 1, timestamp: 10, step: 5 }])
  const { metrics } = await call(server.base, getMetricHistory, { run_id: info.run_id, metric_key: 'm' })
  expect(metrics.map(({ timestamp, step }) => [timestamp, step])).toEqual([
    [9, 5],
    [10, 5],
    [10, 5],
    [99, -3],
  ])
})

test('logging the same again changes nothing', async () => {
  const { info } = await server.run()
  const batch = {
    run_id: info.run_id,
    metrics: [
      { key: 'm', value: Number.NaN, timestamp: 1 },
      { key: 'm', value: Number.NaN, timestamp: 1 },
      { key: 'm', value: 2, timestamp: 1 },
    ],
    params: [{ key: 'p', value: '1' }],
  }
  await call(server.base, runs.logBatch, batch)
  await call(server.base, runs.logBatch, batch)
  const { metrics } = await call(server.base, getMetricHistory, { run_id: info.run_id, metric_key: 'm' })
  expect(metrics).toHaveLength(2)
})

test('a batch with a param that has another value already leaves nothing behind', async () => {
  const { info } = await server.run({ params: { p: '1', q: '2' } })
  const logging = call(server.base, runs.logBatch, {
    run_id: info.run_id,
    metrics: [{ key: 'm', value: 1, timestamp: 1 }],
    params: [
      { key: 'p', value: '9' },
      { key: 'new', value: 'x' },
    ],
    tags: [{ key: 't', value: 'x' }],
  })
  await expect(logging).rejects.toMatchObject({
    status: 400,
    code: 'INVALID_PARAMETER_VALUE',
    message: expect.stringContaining("Changing param values is not allowed. Params were already logged='[{'key': 'p'"),
  })
  const { data } = await getRun(info.run_id)
  expect(data.metrics).toEqual([])
  expect(data.params).toEqual([
    { key: 'p', value: '1' },
    { key: 'q', value: '2' },
  ])
  expect(data.tags.map((tag) => tag.key)).toEqual(['mlflow.runName'])
})

test('a deleted run refuses metrics, and says in which state it is', async () => {
  const { info } = await server.run({ lifecycle: 'deleted' })
  const logging = call(server.base, runs.logMetric, { run_id: info.run_id, key: 'm', value: 1, timestamp: 1 })
  await expect(logging).rejects.toMatchObject({
    status: 400,
    message: `The run ${info.run_id} must be in the 'active' state. Current state is deleted.`,
  })
  await call(server.base, runs.restoreRun, { run_id: info.run_id })
  await call(server.base, runs.restoreRun, { run_id: info.run_id })
  expect((await getRun(info.run_id)).info.lifecycle_stage).toBe('active')
})

test('what is wrong with a request is told by the name of the field', async () => {
  const { info } = await server.run()
  const run_id = info.run_id
  const post = async (path: string, body: unknown) => {
    const reply = await fetch(`${server.base}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: reply.status, ...((await reply.json()) as { message: string }) }
  }
  const cases: [string, unknown, RegExp][] = [
    ['runs/log-metric', {}, /Missing value for required parameter/],
    ['runs/log-metric', { run_id, key: 'm', timestamp: 1 }, /required parameter 'value'/],
    [
      'runs/log-metric',
      { run_id, key: 'm', value: true, timestamp: 1 },
      /Invalid value true for parameter 'value'.*type 'bool'/,
    ],
    ['runs/log-metric', { run_id, key: 'm', value: 'x', timestamp: 1 }, /Invalid value "x" for parameter 'value'/],
    ['runs/log-metric', { run_id, key: 'm', value: 1, timestamp: 5.5 }, /Invalid value 5.5 for parameter 'timestamp'/],
    ['runs/log-metric', { run_id, key: 'm', value: 1, timestamp: -1 }, /nonnegative long/],
    ['runs/log-metric', { run_id, key: 'a//b', value: 1, timestamp: 1 }, /resolve to 'a\/b'/],
    ['runs/log-metric', { run_id, key: 'a\u0000', value: 1, timestamp: 1 }, /U\+0000/],
    ['runs/log-metric', `{"run_id":"${run_id}","key":"m","value":NaN,"timestamp":1}`, /not JSON/],
    ['runs/log-metric', '[]', /expected a JSON object, got a list/],
    ['runs/log-parameter', { run_id, key: 'p', value: 'a\ud800' }, /half of a surrogate/],
    ['runs/log-batch', { run_id, metrics: [{ key: 'm', value: 1 }] }, /required parameter 'metrics\[0\]\.timestamp'/],
    [
      'runs/log-batch',
      {
        run_id,
        params: [
          { key: 'bp', value: '1' },
          { key: 'bp', value: '1' },
        ],
      },
      /Duplicate parameter keys.*\['bp'\]/,
    ],
    [
      'runs/log-batch',
      { run_id, tags: Array.from({ length: 101 }, (_, i) => ({ key: `t${i}`, value: '' })) },
      /at most 100 tags. Got 101 tags/,
    ],
    ['runs/update', { run_id, status: 'BOGUS' }, /Invalid value "BOGUS" for parameter 'status'/],
    ['runs/update', { status: 'FINISHED' }, /required parameter 'run_id'/],
    [
      'runs/create',
      { experiment_id: '0', tags: [{ key: 'mlflow.runName', value: 'a' }], run_name: 'b' },
      /Both 'run_name' argument/,
    ],
  ]
  for (const [path, body, message] of cases) {
    const reply = await post(path, body)
    expect(reply, JSON.stringify(body)).toMatchObject({ status: 400, message: expect.stringMatching(message) })
  }
})

test('numbers may come as text, enums as numbers, and ids by their older name', async () => {
  const { info } = await server.run()
  const reply = await fetch(`${server.base}/ajax-api/2.0/mlflow/runs/update`, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ run_uuid: info.run_id, status: 3, endTime: '77', unknown: 1 }),
  })
  expect(await reply.json()).toMatchObject({ run_info: { status: 'FINISHED', end_time: 77 } })
})

test('a long param and a long tag are cut where MLflow cuts them', async () => {
  const { info } = await server.run({ params: { p: 'x'.repeat(7000) } })
  await call(server.base, runs.setTag, { run_id: info.run_id, key: 't', value: 'y'.repeat(9000) })
  const { data } = await getRun(info.run_id)
  expect(data.params[0]?.value).toHaveLength(6000)
  expect(data.tags.find((tag) => tag.key === 't')?.value).toHaveLength(8000)
})

test('setting the tag mlflow.runName renames the run, and renaming sets the tag', async () => {
  const { info } = await server.run({ name: 'one' })
  await call(server.base, runs.setTag, { run_id: info.run_id, key: 'mlflow.runName', value: 'two' })
  expect((await getRun(info.run_id)).info.run_name).toBe('two')
  await call(server.base, runs.updateRun, { run_id: info.run_id, run_name: 'three' })
  expect((await getRun(info.run_id)).data.tags).toEqual([{ key: 'mlflow.runName', value: 'three' }])
  await call(server.base, runs.setTag, { run_id: info.run_id, key: 'mlflow.runName', value: '' })
  const { run_name } = (await getRun(info.run_id)).info
  const tags = (await getRun(info.run_id)).data.tags
  expect([run_name, tags]).toEqual(['three', [{ key: 'mlflow.runName', value: 'three' }]])
})

test('a data set without tags is told without a list of them, as MLflow leaves empty lists out', async () => {
  const { run_id } = (await server.run()).info
  await call(server.base, runs.logInputs, { run_id, datasets: [{ dataset: { name: 'd', digest: '1' } }] })
  const reply = await fetch(`${server.base}/api/2.0/mlflow/runs/get?run_id=${run_id}`)
  const { run } = (await reply.json()) as { run: { inputs: { dataset_inputs: object[] } } }
  expect(run.inputs.dataset_inputs).toEqual([{ dataset: { name: 'd', digest: '1', source: '', source_type: '' } }])
})

test('many writers of one run at once lose nothing', async () => {
  const { info } = await server.run()
  const keys = Array.from({ length: 30 }, (_, index) => `m${index}`)
  await Promise.all(
    Array.from({ length: 16 }, (_, writer) =>
      call(server.base, runs.logBatch, {
        run_id: info.run_id,
        metrics: (writer % 2 ? keys : keys.toReversed()).map((key) => ({
          key,
          value: writer,
          timestamp: 1,
          step: writer,
        })),
        tags: [{ key: `writer ${writer}`, value: 'done' }],
      }),
    ),
  )
  const { data } = await getRun(info.run_id)
  expect(data.metrics).toHaveLength(30)
  expect(data.metrics.every((metric) => metric.value === 15)).toBe(true)
  expect(data.tags).toHaveLength(17)
  const { metrics } = await call(server.base, getMetricHistory, { run_id: info.run_id, metric_key: 'm7' })
  expect(metrics).toHaveLength(16)
})

test('the longest values and ids are kept or refused, and never an error of the server', async () => {
  const { info } = await server.run()
  const noise = Array.from({ length: 8000 }, (_, index) =>
    String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000)),
  ).join('')
  await call(server.base, runs.setTag, { run_id: info.run_id, key: 'mlflow.parentRunId', value: noise })
  const models = [{ model_id: noise }]
  const refused = { status: 400, message: expect.stringContaining('model_id') }
  await expect(call(server.base, runs.logOutputs, { run_id: info.run_id, models })).rejects.toMatchObject(refused)
  await expect(call(server.base, runs.logInputs, { run_id: info.run_id, models })).rejects.toMatchObject(refused)
})

test("a model's description is added to the run's list; a tag that holds no list is refused and kept", async () => {
  const { run_id } = (await server.run()).info
  const tag = async () =>
    (await call(server.base, runs.getRun, { run_id })).run.data.tags.find(
      ({ key }) => key === 'mlflow.log-model.history',
    )?.value
  const model = { artifact_path: 'model', flavors: {}, utc_time_created: 'now', run_id }
  for (const size of [1, 2]) {
    await call(server.base, runs.logModel, { run_id, model_json: JSON.stringify(model) })
    expect(JSON.parse((await tag()) ?? '')).toEqual(Array(size).fill(model))
  }
  await call(server.base, runs.setTag, { run_id, key: 'mlflow.log-model.history', value: 'mine' })
  const again = call(server.base, runs.logModel, { run_id, model_json: JSON.stringify(model) })
  await expect(again).rejects.toMatchObject({ status: 400, message: expect.stringContaining('JSON list') })
  expect(await tag()).toBe('mine')
})
