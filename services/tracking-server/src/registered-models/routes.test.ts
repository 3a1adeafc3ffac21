import { call } from '@waymark/client/call'
import * as models from '@waymark/contract/registered-models'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  for (const name of ['b 1', 'a 2', 'a 1', 'c']) {
    const tags = name.startsWith('a') ? [{ key: 'team', value: 'red' }] : []
    await call(server.base, models.createRegisteredModel, { name, tags, description: `of ${name}` })
  }
})
afterAll(() => server[Symbol.asyncDispose]())

const search = async (words: { filter?: string; order_by?: string[] }) =>
  (await call(server.base, models.searchRegisteredModels, words)).registered_models.map((model) => model.name)

test('models are found by name and by tags, sorted by name unless told otherwise', async () => {
  expect(await search({})).toEqual(['a 1', 'a 2', 'b 1', 'c'])
  expect(await search({ filter: "name LIKE 'a %'" })).toEqual(['a 1', 'a 2'])
  expect(await search({ filter: "name ilike 'A%' and tags.team = 'red'", order_by: ['name DESC'] })).toEqual([
    'a 2',
    'a 1',
  ])
  expect(await search({ order_by: ['last_updated_timestamp DESC', 'name'] })).toEqual(['c', 'a 1', 'a 2', 'b 1'])
})

test('a search comes in pages', async () => {
  const first = await call(server.base, models.searchRegisteredModels, { max_results: 3 })
  const rest = await call(server.base, models.searchRegisteredModels, {
    max_results: 3,
    page_token: first.next_page_token,
  })
  expect(first.registered_models).toHaveLength(3)
  expect(rest).toMatchObject({ registered_models: [{ name: 'c' }] })
  expect(rest.next_page_token).toBeUndefined()
})

test('a name that is taken is refused, and an update without a description clears it', async () => {
  await expect(call(server.base, models.createRegisteredModel, { name: 'c' })).rejects.toMatchObject({
    status: 400,
    code: 'RESOURCE_ALREADY_EXISTS',
    message: 'Registered Model (name=c) already exists.',
  })
  const { registered_model } = await call(server.base, models.updateRegisteredModel, { name: 'c' })
  expect(registered_model.description).toBeUndefined()
})

test.each(['a/b', 'a:b', ' '])(
  'the model name %j is refused: an address models:/<name>/<version> must be clear',
  async (name) => {
    const refused = { status: 400, code: 'INVALID_PARAMETER_VALUE' }
    await expect(call(server.base, models.createRegisteredModel, { name })).rejects.toMatchObject(refused)
    const renaming = call(server.base, models.renameRegisteredModel, { name: 'c', new_name: name })
    await expect(renaming).rejects.toMatchObject(refused)
  },
)

test('a model is deleted with all that belongs to it', async () => {
  await call(server.base, models.createRegisteredModel, { name: 'gone' })
  await call(server.base, models.deleteRegisteredModel, { name: 'gone' })
  await expect(call(server.base, models.deleteRegisteredModel, { name: 'gone' })).rejects.toMatchObject({
    status: 404,
    message: 'Registered Model with name=gone not found',
  })
})
