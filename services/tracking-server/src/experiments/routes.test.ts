import { call } from '@waymark/client/call'
import * as experiments from '@waymark/contract/experiments'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/test-server.ts'
import { sql } from '../db/sql.ts'
import { createRun } from '../runs/store.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

test('experiment 0 is there from the start and is called Default', async () => {
  const { experiment } = await call(server.base, experiments.getExperiment, { experiment_id: '0' })
  expect(experiment).toMatchObject({
    name: 'Default',
    artifact_location: 'mlflow-artifacts:/0',
    lifecycle_stage: 'active',
  })
})

test('an experiment is found by its id and by its name, with its tags', async () => {
  const tags = [
    { key: 'team', value: 'red' },
    { key: 'team', value: 'blue' },
  ]
  const { experiment_id } = await call(server.base, experiments.createExperiment, { name: 'found twice', tags })
  const { experiment } = await call(server.base, experiments.getExperimentByName, { experiment_name: 'found twice' })
  expect(experiment).toMatchObject({
    experiment_id,
    artifact_location: `mlflow-artifacts:/${experiment_id}`,
    tags: [{ key: 'team', value: 'blue' }],
  })
})

test('a name that is taken is refused, also when its experiment is deleted', async () => {
  const id = await server.experiment('taken')
  await call(server.base, experiments.deleteExperiment, { experiment_id: id })
  const creating = call(server.base, experiments.createExperiment, { name: 'taken' })
  await expect(creating).rejects.toMatchObject({
    status: 400,
    code: 'RESOURCE_ALREADY_EXISTS',
    message: expect.stringMatching(/^Experiment\(name=taken\) already exists\./),
  })
})

test('an id that was never one is not found, whatever it looks like', async () => {
  for (const experiment_id of ['abc', '-1', '99999', '9'.repeat(1000), "0' or 1=1"]) {
    const getting = call(server.base, experiments.getExperiment, { experiment_id })
    await expect(getting, experiment_id).rejects.toMatchObject({ status: 404, code: 'RESOURCE_DOES_NOT_EXIST' })
  }
})

test('deleting an experiment deletes its runs, restoring restores them', async () => {
  const id = await server.experiment()
  await server.run({ experimentId: id })
  const stages = async () => {
    const rows = await server.db.query<{ lifecycle_stage: string }>(
      sql`select lifecycle_stage from runs where experiment_id = ${id}`,
    )
    return rows.map((row) => row.lifecycle_stage)
  }
  await call(server.base, experiments.deleteExperiment, { experiment_id: id })
  expect(await stages()).toEqual(['deleted'])
  await expect(call(server.base, experiments.deleteExperiment, { experiment_id: id })).rejects.toMatchObject({
    status: 404,
  })
  await call(server.base, experiments.restoreExperiment, { experiment_id: id })
  expect(await stages()).toEqual(['active'])
})

test('a run that is made while its experiment is deleted is deleted with it', async () => {
  const id = await server.experiment()
  const run = { experimentId: id, name: 'late', userId: '', startTime: 1, tags: new Map() }
  let isDeleted = false
  let deleting: Promise<void> | undefined
  await server.db.transaction(async (transaction) => {
    await createRun(transaction, run)
    deleting = call(server.base, experiments.deleteExperiment, { experiment_id: id }).then(() => {
      isDeleted = true
    })
    while (!isDeleted && !(await someoneWaits()));
  })
  await deleting
  const rows = await server.db.query(sql`select lifecycle_stage from runs where experiment_id = ${id}`)
  expect(rows).toEqual([{ lifecycle_stage: 'deleted' }])
})

/** Whether a statement of this database waits for another one's lock. */
async function someoneWaits(): Promise<boolean> {
  const waiting = await server.db.query(
    sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return waiting.length > 0
}

test('a search comes in pages, newest first, and has a token only while more follows', async () => {
  await using own = await startTestServer({ clock: tick(1000) })
  for (const name of ['a', 'b', 'c', 'd']) await own.experiment(name)
  const pages: string[][] = []
  let page_token: string | undefined
  do {
    const found = await call(own.base, experiments.searchExperiments, { max_results: 2, page_token })
    pages.push(found.experiments.map((experiment) => experiment.name))
    page_token = found.next_page_token
  } while (page_token)
  expect(pages).toEqual([['d', 'c'], ['b', 'a'], ['Default']])
})

test.each([
  ["name = 'alpha'", ['alpha']],
  ["name LIKE 'al%'", ['alpha', 'alps']],
  ["attribute.name ilike 'AL%' and tags.kind = 'x'", ['alpha']],
  ["tags.kind != 'x'", ['beta']],
  ['creation_time >= 1001 AND creation_time < 1003', ['alpha', 'alps']],
  ["name = 'alpha' OR name = 'beta'", ['alpha', 'beta']],
  ["NOT (name = 'Default' OR tags.kind = 'x')", ['alps', 'beta']],
  ['tags.kind IS NULL', ['Default', 'alps']],
  ["name IN ('alpha', 'beta')", ['alpha', 'beta']],
  ["experiment_id = '0'", ['Default']],
])('the filter %s finds %j', async (filter, names) => {
  await using own = await startTestServer({ clock: tick(1000) })
  const make = (name: string, kind?: string) =>
    call(own.base, experiments.createExperiment, { name, tags: kind ? [{ key: 'kind', value: kind }] : [] })
  await make('alpha', 'x')
  await make('alps')
  await make('beta', 'y')
  const found = await call(own.base, experiments.searchExperiments, { filter, max_results: 10, order_by: ['name'] })
  expect(found.experiments.map((experiment) => experiment.name)).toEqual(names)
})

test('a search without max_results is refused, as MLflow refuses it', async () => {
  await expect(call(server.base, experiments.searchExperiments, {})).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining("Invalid value 0 for parameter 'max_results' supplied"),
  })
})

test.each(['constructor', 'toString', '__proto__'])('%s is no attribute, though every object has it', async (name) => {
  const refused = { status: 400, message: expect.stringContaining(`Invalid attribute key '${name}'`) }
  const page = { max_results: 1 }
  await expect(call(server.base, experiments.searchExperiments, { ...page, order_by: [name] })).rejects.toMatchObject(
    refused,
  )
  await expect(
    call(server.base, experiments.searchExperiments, { ...page, filter: `${name} > 1` }),
  ).rejects.toMatchObject(refused)
})

test('tags of an experiment are set, replaced and deleted', async () => {
  const id = await server.experiment()
  const set = (value: string) => call(server.base, experiments.setExperimentTag, { experiment_id: id, key: 'k', value })
  await set('1')
  await set('')
  const { experiment } = await call(server.base, experiments.getExperiment, { experiment_id: id })
  expect(experiment.tags).toEqual([{ key: 'k', value: '' }])
  await call(server.base, experiments.deleteExperimentTag, { experiment_id: id, key: 'k' })
  const again = call(server.base, experiments.deleteExperimentTag, { experiment_id: id, key: 'k' })
  await expect(again).rejects.toMatchObject({ status: 404, message: `No tag with name: k in experiment with id ${id}` })
  await set('x'.repeat(20_000))
  await expect(set('x'.repeat(20_001))).rejects.toMatchObject({ status: 400 })
})

function tick(start: number): () => number {
  let now = start
  return () => now++
}
