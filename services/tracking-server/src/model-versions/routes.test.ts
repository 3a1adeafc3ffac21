import { call } from '@waymark/client/call'
import * as versions from '@waymark/contract/model-versions'
import * as models from '@waymark/contract/registered-models'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../../test/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

async function modelWithVersions(name: string, count: number): Promise<void> {
  await call(server.base, models.createRegisteredModel, { name })
  for (let index = 0; index < count; index++) {
    await call(server.base, versions.createModelVersion, { name, source: `s3://bucket/${index}` })
  }
}

test('versions count up, and the number of a deleted one is never given again', async () => {
  await modelWithVersions('counting', 2)
  await call(server.base, versions.deleteModelVersion, { name: 'counting', version: '2' })
  const { model_version } = await call(server.base, versions.createModelVersion, {
    name: 'counting',
    source: 's3://b/x',
  })
  expect(model_version).toMatchObject({ version: '3', status: 'READY', current_stage: 'None' })
  const getting = call(server.base, versions.getModelVersion, { name: 'counting', version: '2' })
  await expect(getting).rejects.toMatchObject({
    status: 404,
    message: 'Model Version (name=counting, version=2) not found',
  })
})

test('an alias points at one version, moves, and goes with it', async () => {
  await modelWithVersions('aliased', 2)
  const point = (version: string) => call(server.base, models.setAlias, { name: 'aliased', alias: 'champion', version })
  const read = async () =>
    (await call(server.base, models.getVersionByAlias, { name: 'aliased', alias: 'champion' })).model_version
  await point('1')
  expect(await read()).toMatchObject({ version: '1', aliases: ['champion'] })
  await point('2')
  expect((await read()).version).toBe('2')
  await call(server.base, versions.deleteModelVersion, { name: 'aliased', version: '2' })
  await expect(read()).rejects.toMatchObject({ status: 400, message: 'Registered model alias champion not found.' })
  await expect(point('9')).rejects.toMatchObject({ status: 404 })
  for (const alias of ['latest', 'V3', 'a b', '']) {
    const setting = call(server.base, models.setAlias, { name: 'aliased', alias, version: '1' })
    await expect(setting, alias).rejects.toMatchObject({ status: 400 })
  }
})

test('renaming a model takes its versions, tags and aliases along', async () => {
  await modelWithVersions('before', 1)
  await call(server.base, models.setRegisteredModelTag, { name: 'before', key: 'k', value: 'v' })
  await call(server.base, models.setAlias, { name: 'before', alias: 'a', version: '1' })
  await call(server.base, models.renameRegisteredModel, { name: 'before', new_name: 'after' })
  const { registered_model } = await call(server.base, models.getRegisteredModel, { name: 'after' })
  expect(registered_model).toMatchObject({
    name: 'after',
    tags: [{ key: 'k', value: 'v' }],
    aliases: [{ alias: 'a', version: '1' }],
    latest_versions: [{ name: 'after', version: '1' }],
  })
  await expect(call(server.base, models.getRegisteredModel, { name: 'before' })).rejects.toMatchObject({ status: 404 })
})

test('moving to a stage archives the others there when asked', async () => {
  await modelWithVersions('staged', 2)
  const move = (version: string, stage: string) =>
    call(server.base, versions.transitionStage, { name: 'staged', version, stage, archive_existing_versions: true })
  await move('1', 'production')
  await move('2', 'Production')
  const { model_versions } = await call(server.base, versions.searchModelVersions, {
    filter: "name = 'staged'",
    order_by: ['version_number'],
  })
  expect(model_versions.map((version) => version.current_stage)).toEqual(['Archived', 'Production'])
  await expect(move('1', 'Shelf')).rejects.toMatchObject({ status: 400, message: expect.stringContaining('Shelf') })
  const { model_versions: latest } = await call(server.base, models.getLatestVersions, { name: 'staged', stages: [] })
  expect(latest.map((version) => version.version)).toEqual(['1', '2'])
})

test.each([
  ['a local path of no run', '/etc/passwd', 'local path'],
  ['a file: address of no run', 'file:///etc', 'local path'],
  ['an address on this machine', 'http://localhost:1/x', 'local path'],
  ['a path out of a remote place', 's3://b/a/../../x', 'absolute path must be provided'],
  ['an encoded path out', 'https://h/a/%252e%252e/x', 'absolute path must be provided'],
  ['a path out behind a mark', 'http:///?/../../etc/', 'absolute path must be provided'],
  ['artifacts of no run', 'mlflow-artifacts:/0/abc/artifacts/m', 'local path'],
])('a source that is %s is refused', async (_what, source, message) => {
  const name = `source ${source}`.replace(/[^\w ]/g, '_')
  await call(server.base, models.createRegisteredModel, { name })
  const creating = call(server.base, versions.createModelVersion, { name, source })
  await expect(creating).rejects.toMatchObject({ status: 400, message: expect.stringContaining(message) })
})

test('a source within its run is taken, one within another run is not', async () => {
  const [one, two] = [await server.run(), await server.run()]
  await call(server.base, models.createRegisteredModel, { name: 'own' })
  const create = (source: string, run_id: string) =>
    call(server.base, versions.createModelVersion, { name: 'own', source, run_id })
  await create(`${one.info.artifact_uri}/model`, one.info.run_id)
  await expect(create(`${two.info.artifact_uri}/model`, one.info.run_id)).rejects.toMatchObject({ status: 400 })
  await create(`runs:/${one.info.run_id}/model`, one.info.run_id)
  const uri = await call(server.base, versions.getDownloadUri, { name: 'own', version: '2' })
  expect(uri.artifact_uri).toBe(`${one.info.artifact_uri}/model`)
  await expect(create(`runs:/${one.info.run_id}/model`, two.info.run_id)).rejects.toMatchObject({ status: 400 })
  const copied = await call(server.base, versions.createModelVersion, { name: 'own', source: 'models:/own/2' })
  expect(copied.model_version).toMatchObject({ source: 'models:/own/2', run_id: one.info.run_id })
  const creating = call(server.base, versions.createModelVersion, { name: 'own', source: 'models:/own@nobody' })
  await expect(creating).rejects.toMatchObject({ status: 400, message: 'Registered model alias nobody not found.' })
})

test('many registrations at once get numbers of their own', async () => {
  await call(server.base, models.createRegisteredModel, { name: 'busy' })
  const made = await Promise.all(
    Array.from({ length: 12 }, () =>
      call(server.base, versions.createModelVersion, { name: 'busy', source: 's3://b/x' }),
    ),
  )
  expect(new Set(made.map(({ model_version }) => model_version.version)).size).toBe(12)
})

test('a version that is no number is refused by name', async () => {
  const getting = call(server.base, versions.getModelVersion, { name: 'busy', version: 'abc' })
  await expect(getting).rejects.toMatchObject({
    status: 400,
    message: "Parameter 'version' must be an integer, got 'abc'.",
  })
})

test('prompts are found only by who asks for them', async () => {
  const tags = [{ key: 'mlflow.prompt.is_prompt', value: 'true' }]
  await call(server.base, models.createRegisteredModel, { name: 'a prompt', tags })
  const search = async (filter: string) =>
    (await call(server.base, models.searchRegisteredModels, { filter })).registered_models.map((model) => model.name)
  expect(await search("name = 'a prompt'")).toEqual([])
  expect(await search("name = 'a prompt' and tags.`mlflow.prompt.is_prompt` = 'true'")).toEqual(['a prompt'])
  expect(await search("name = 'busy' and tag.`mlflow.prompt.is_prompt` != 'true'")).toEqual(['busy'])
  expect(await search("tag.`mlflow.prompt.is_prompt` != 'false'")).toEqual(['a prompt'])
})
