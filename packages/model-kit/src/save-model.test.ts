import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { familyOf } from './families/families.ts'
import { loadModel } from './load-model.ts'
import type { Row } from './model.ts'
import { ModelFileError } from './model-file-error.ts'
import { predictRows } from './predict.ts'
import { encodeRows, featureGroups, fitEncoding } from './row-encoder.ts'
import { saveModel } from './save-model.ts'
import { type ModelParts, trainedModel } from './trained-model.ts'

const rows: Row[] = Array.from({ length: 30 }, (_, at) => ({
  size: at,
  colour: at % 2 === 0 ? 'red' : 'blue',
  isNew: at % 3 === 0,
}))

test('a saved model predicts what it did before, class by name and probabilities that add up', async () => {
  await using folder = await tempFolder()
  const parts = await fitted('mlp')
  await saveModel(folder.path, parts, { inputExample: rows.slice(0, 2) })
  using before = trainedModel(parts)
  using after = await loadModel(folder.path)
  const [first] = predictRows(after, rows)
  expect(predictRows(after, rows)).toEqual(predictRows(before, rows))
  expect(Object.keys(first ?? {})).toEqual(after.signature.outputs.map(({ name }) => name))
  expect(Number(first?.['probability_large']) + Number(first?.['probability_small'])).toBeCloseTo(1, 6)
  expect(['large', 'small']).toContain(first?.['prediction'])
})

test('regression predicts one number', async () => {
  await using folder = await tempFolder()
  await saveModel(folder.path, await fitted('linear'), { inputExample: rows.slice(0, 2) })
  using model = await loadModel(folder.path)
  expect(model.signature.outputs).toEqual([{ name: 'prediction', type: 'double', required: true }])
  expect(predictRows(model, [{ size: 10, colour: 'red', isNew: true }])[0]?.['prediction']).toBeCloseTo(20, 2)
})

test('the same model gives the same bytes, in the files of an MLflow model with signature and input example', async () => {
  await using first = await tempFolder()
  await using second = await tempFolder()
  for (const { path } of [first, second]) await saveModel(path, await fitted('mlp'), { inputExample: rows.slice(0, 2) })
  const names = await readdir(first.path)
  expect(names.sort()).toEqual([
    'MLmodel',
    'details.json',
    'encoder.json',
    'input_example.json',
    'model.json',
    'serving_input_example.json',
    'weights.bin',
  ])
  for (const name of names)
    expect(await readFile(join(second.path, name))).toEqual(await readFile(join(first.path, name)))
  const mlModel = parse(await readFile(join(first.path, 'MLmodel'), 'utf8'))
  expect(mlModel.model_uuid).toMatch(/^[0-9a-f]{32}$/)
  expect(Object.keys(mlModel)).not.toContain('utc_time_created')
  expect(JSON.parse(mlModel.signature.inputs)).toEqual([
    { name: 'size', type: 'double', required: true },
    { name: 'colour', type: 'string', required: true },
    { name: 'isNew', type: 'boolean', required: true },
  ])
})

test('saving replaces what was in the folder, and leaves nothing beside it', async () => {
  await using folder = await tempFolder()
  await writeFile(join(folder.path, 'old.bin'), 'x')
  await saveModel(folder.path, await fitted('majority'), { inputExample: [] })
  expect(await readdir(folder.path)).not.toContain('old.bin')
  expect(await readdir(folder.parent)).toEqual(['model'])
})

test('a folder without a model, or with a broken file, says which file is at fault', async () => {
  await using folder = await tempFolder()
  const loading = () => loadModel(folder.path)
  await expect(loading()).rejects.toThrow(ModelFileError)
  await saveModel(folder.path, await fitted('majority'), { inputExample: [] })
  await writeFile(join(folder.path, 'encoder.json'), '{"features":[]}')
  await expect(loading()).rejects.toThrow(`Cannot load the model in "${folder.path}": encoder.json is not`)
  await expect(loadModel(join(folder.path, 'nowhere'))).rejects.toThrow('there is no such folder')
})

async function fitted(family: 'mlp' | 'majority' | 'linear'): Promise<ModelParts> {
  const encoding = fitEncoding(
    rows,
    { size: 'numeric', colour: 'categorical', isNew: 'boolean' },
    { maxCategories: 50 },
  )
  const isRegression = family === 'linear'
  const targets = Float64Array.from(rows, ({ size }) => (isRegression ? 2 * Number(size) : Number(Number(size) < 15)))
  const width = featureGroups(encoding).reduce((sum, group) => sum + group.width, 0)
  const params = { hidden: [4], learning_rate: 0.01, schedule: 'cosine', batch_size: 8, l2: 0 }
  const task = isRegression ? 'regression' : 'classification'
  const model = await familyOf(family).fit(
    { inputs: encodeRows(encoding, rows), targets, rows: rows.length, width },
    params,
    {
      ...{ task, outputs: isRegression ? 1 : 2, seed: 1, epochs: 3, backend: 'wasm' },
    },
  )
  return { task, target: 'class', classes: isRegression ? [] : ['large', 'small'], family, encoding, fitted: model }
}

async function tempFolder() {
  const parent = await mkdtemp(join(tmpdir(), 'model-'))
  const path = join(parent, 'model')
  await mkdir(path)
  return { path, parent, [Symbol.asyncDispose]: () => rm(parent, { recursive: true }) }
}
