import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serveSettings } from './serve-settings.ts'

const env = { WAYMARK_PREDICTION_PORT: '81', WAYMARK_MODEL_NAME: 'mine', WAYMARK_MODEL_ALIAS: '' }

test('a flag goes before its variable, and an empty variable is none', async () => {
  const settings = await serveSettings({ port: '82' }, { env, folder: '' })
  expect(settings).toMatchObject({ port: 82, modelName: 'mine', alias: 'champion', host: '127.0.0.1' })
  expect(await serveSettings({ modelName: 'other' }, { env, folder: '' })).toMatchObject({
    port: 81,
    modelName: 'other',
  })
})

test('a model folder is served without a config.yaml, under its own name', async () => {
  const settings = await serveSettings({ modelFolder: 'models/winner/' }, { env: {}, folder: 'nowhere' })
  expect(settings).toMatchObject({ modelFolder: 'models/winner/', modelName: 'winner' })
})

test('config.yaml names the model where nothing else does', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'waymark-serve-'))
  await writeFile(
    join(folder.path, 'config.yaml'),
    'serving: { registered_model: ours, metric: a, direction: maximize }',
  )
  expect(await serveSettings({}, { env: {}, folder: folder.path })).toMatchObject({ modelName: 'ours' })
})

test.each([' ', 'many', '-1', '65536', '1.5'])('the port %j is refused', async (port) => {
  const asked = serveSettings({ port }, { env, folder: '' })
  await expect(asked).rejects.toThrow('expected a port from 0 (any free one) to 65535')
})
