/** data_prep and training as the pipeline runs them, on a data set of another shape than the diamonds. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadModel } from '@waymark/model-kit/load-model'
import { predictRows } from '@waymark/model-kit/predict'
import { readProfile, readSplit } from '@waymark/model-kit/processed-data'
import { describe, expect, test } from 'vitest'
import { classification, newProject, regression } from '../test/rentals-project.ts'
import { dataPrep } from './data_prep/task.ts'
import { training } from './training/task.ts'

describe('a CSV of another shape needs changes in config.yaml only', () => {
  test('classification, with missing values and a boolean column', async () => {
    await using project = await newProject(classification)
    await project.run(dataPrep)
    await project.run(training)
    const metrics = await project.json('reports/training/metrics.json')
    expect(metrics.test_accuracy).toBeGreaterThan(metrics.majority_test_accuracy + 0.05)
    using model = await loadModel(join(project.folder, 'models/winner'))
    expect(model.classes).toEqual(['no', 'yes'])
    expect(model.signature.inputs).toContainEqual({ name: 'helmet', type: 'boolean', required: false })
    const [prediction] = predictRows(model, [{ station: 'a new one', 'distance km': 30, age: 40, member: true }])
    expect(prediction?.['prediction']).toBe('yes')
  })

  test('regression', async () => {
    await using project = await newProject(regression)
    await project.run(dataPrep)
    await project.run(training)
    const metrics = await project.json('reports/training/metrics.json')
    expect(metrics.linear_test_r2).toBeGreaterThan(0.85)
    expect(metrics.test_rmse).toBeLessThan(metrics.majority_test_rmse / 2)
  })
})

test('data_prep says how many columns the file has, and how many features of each kind it made of them', async () => {
  await using project = await newProject(classification)
  const written = await project.run(dataPrep)
  expect(written).toContain('602 rows × 9 columns of data/rentals.csv')
  expect(written).toContain('2 numeric, 2 categorical, 2 boolean features')
})

test('the model that is loaded scores the test rows as training did', async () => {
  await using project = await newProject(classification)
  await project.run(dataPrep)
  await project.run(training)
  const processed = join(project.folder, 'data/processed')
  const { rows, targets } = await readSplit(processed, 'test', await readProfile(processed))
  using model = await loadModel(join(project.folder, 'models/winner'))
  const right = predictRows(model, rows).filter(({ prediction }, at) => prediction === model.classes[targets[at]!])
  expect(right.length / rows.length).toBeCloseTo(
    (await project.json('reports/training/metrics.json')).test_accuracy,
    12,
  )
})

test('the same inputs give the same bytes, whatever the number of workers, in another process too', async () => {
  await using first = await newProject(classification)
  await using second = await newProject(classification)
  await first.run(dataPrep)
  await first.run(training, { WAYMARK_WORKERS: '1' })
  await second.runAsProgram('data_prep')
  await second.runAsProgram('training', { WAYMARK_WORKERS: '3' })
  const hashes = await first.hashes()
  expect(Object.keys(hashes)).toContain('models/winner/weights.bin')
  expect(await second.hashes()).toEqual(hashes)
})

test('what the recorder replays holds every trial and the history of the winner', async () => {
  await using project = await newProject(classification)
  await project.run(dataPrep)
  await project.run(training)
  const trials = await project.json('reports/training/trials.json')
  expect(trials.map(({ name }: { name: string }) => name)).toEqual([
    'trial-1-majority',
    'trial-2-logistic',
    'trial-3-mlp',
    'trial-4-mlp',
    'final-mlp',
  ])
  expect(trials[4].history.filter(({ key }: { key: string }) => key === 'loss')).toHaveLength(6)
  expect(trials[4]).toMatchObject({ params: { family: 'mlp', hidden: [8], epochs: 6 }, status: 'FINISHED' })
  const history = await readFile(join(project.folder, 'reports/training/history.csv'), 'utf8')
  expect(history).toMatch(/^key,step,value\n/)
  expect(history).toMatch(/\nbest_validation_log_loss,3,0\.\d+\n/)
})

describe('as a program a stage ends with exit code 1 and words, without a stack, where', () => {
  test.each([
    [
      'the source is missing',
      'source: data/rentals.csv',
      'source: data/none.csv',
      'config.yaml data.source: expected a CSV file, found no file "data/none.csv"',
    ],
    [
      'the source has another separator',
      'separator: ";"',
      'separator: ","',
      'data/rentals.csv:1: expected columns separated by ",", found one column. Set data.separator: ";" in config.yaml',
    ],
    [
      'a key does not exist',
      'task:',
      'tsak: x\n  task:',
      'config.yaml:4 data.tsak: there is no such key; did you mean task?',
    ],
  ])('%s', async (_what, from, to, words) => {
    await using project = await newProject(classification)
    await project.edit(from, to)
    const failure = await project.runAsProgram('data_prep').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 1, stderr: expect.not.stringContaining('    at ') })
    // From the start of a line: the file is named as the user knows it, relative to the project.
    expect(`\n${(failure as { stderr: string }).stderr}`).toContain(`\n${words}`) // as the line above has seen
  })

  test('the source is empty', async () => {
    await using project = await newProject(classification)
    await writeFile(join(project.folder, 'data/rentals.csv'), '')
    await expect(project.run(dataPrep)).rejects.toThrow(
      'data/rentals.csv: expected a header and rows, found an empty file',
    )
    await writeFile(join(project.folder, 'data/rentals.csv'), 'a;b\n')
    await expect(project.run(dataPrep)).rejects.toThrow('data/rentals.csv: expected rows, found a header alone')
  })
})

describe('a source in another encoding than UTF-8', () => {
  const words = ['größe;ok', ...Array.from({ length: 40 }, (_, at) => `${at};${at < 20 ? 'nö' : 'ja'}`), ''].join('\n')
  const settings = { ...classification, data: '  task: classification\n  target: { column: ok }' }

  test.each([
    ['a byte order mark says it', '\ufeff', 'utf16le', ''],
    ['data.encoding says it', '', 'latin1', '  encoding: latin1\n'],
    ['a byte order mark says another than data.encoding', '\ufeff', 'utf8', '  encoding: latin1\n'],
  ] as const)('is read where %s', async (_what, mark, encoding, setting) => {
    await using project = await newProject(settings)
    await writeFile(join(project.folder, 'data/rentals.csv'), Buffer.from(mark + words, encoding))
    await project.edit('  limits: { distance km: { above: 0 } }\n', setting)
    await project.run(dataPrep)
    const { features, classes } = await project.json('data/processed/profile.json')
    expect([features, classes]).toEqual([{ größe: 'numeric' }, ['ja', 'nö']])
  })

  test('is refused with its line where nothing says it, instead of read as other words', async () => {
    await using project = await newProject(settings)
    await writeFile(join(project.folder, 'data/rentals.csv'), Buffer.from(words.replace('größe', 'size'), 'latin1'))
    await expect(project.run(dataPrep)).rejects.toThrow(
      /^data\/rentals.csv:2: expected text in utf-8, found bytes that are none. Set data.encoding/,
    )
  })
})

test('a stage reads its own sections of config.yaml and no others', async () => {
  await using project = await newProject(classification)
  await project.edit('training:', 'training: 5\nanother:')
  await expect(project.run(dataPrep)).resolves.toContain('data_prep  load')
})
