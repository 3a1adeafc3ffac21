import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { smallProject } from '../../test/small-project.ts'
import { runStage } from '../stage.ts'
import { scoreOnTest } from './score.ts'
import { predictionApp } from './task.ts'
import { compare } from './transform.ts'

const quiet = { out: { write: () => true }, env: {} }

test('the winner is packed as it is, once every form of a request has been answered as the model itself does', async () => {
  await using project = await smallProject()
  await runStage(predictionApp, { folder: project.folder, ...quiet })
  const [winner, serving] = ['models/winner', 'models/serving'].map((name) => join(project.folder, name))
  const names = (await readdir(winner ?? '')).sort()
  expect((await readdir(serving ?? '')).sort()).toEqual(names)
  for (const name of names) {
    expect(await readFile(join(serving ?? '', name))).toEqual(await readFile(join(winner ?? '', name)))
  }
  expect(JSON.parse(await readFile(join(project.folder, 'reports/prediction_app/metrics.json'), 'utf8'))).toEqual({
    served_forms: 5,
    served_predictions: 90, // two of the 20 test rows lack a value that the model requires
    served_largest_difference: expect.closeTo(0, 6),
  })
  expect(await readdir(join(project.folder, 'models'))).toEqual(['serving', 'winner'])
})

test('a winner that cannot be loaded leaves the packed model as it was', async () => {
  await using project = await smallProject()
  await runStage(predictionApp, { folder: project.folder, ...quiet })
  const before = await readFile(join(project.folder, 'models/serving/model.json'))
  await writeFile(join(project.folder, 'models/winner/model.json'), '{}')
  await expect(runStage(predictionApp, { folder: project.folder, ...quiet })).rejects.toThrow('models/winner')
  expect(await readFile(join(project.folder, 'models/serving/model.json'))).toEqual(before)
})

test('a winner whose weights are not those that training measured is not released', async () => {
  await using project = await smallProject()
  const weights = join(project.folder, 'models/winner/weights.bin')
  const bytes = await readFile(weights)
  bytes.writeFloatLE(0, 0)
  await writeFile(weights, bytes)
  await expect(runStage(predictionApp, { folder: project.folder, ...quiet })).rejects.toThrow(
    /models\/winner: on the test rows its log_loss is .* training's\. Run the training again/,
  )
})

test('an answer that is off by more than 1e-6 is named with its row and column', () => {
  const expected = [{ prediction: 'low', probability_low: 0.75 }]
  expect(compare(expected, [{ prediction: 'low', probability_low: 0.7500005 }]).fault).toBeUndefined()
  expect(compare(expected, [{ prediction: 'low', probability_low: 0.750002 }]).fault).toContain(
    'row 0: probability_low',
  )
  expect(compare(expected, [{ prediction: 'high', probability_low: 0.75 }]).fault).toContain(
    '"high" where the model says "low"',
  )
  expect(compare(expected, []).fault).toBe('0 predictions for 1 rows')
})

test('another model is scored on the test split, or said not to fit it', async () => {
  await using project = await smallProject()
  await using other = await smallProject({ family: 'majority' })
  const champion = join(other.folder, 'models/winner')
  expect(await scoreOnTest(project.folder, join(project.folder, 'models/winner'), 'test_accuracy')).toEqual({
    score: 1,
  })
  expect(await scoreOnTest(project.folder, champion, 'test_accuracy')).toEqual({ score: expect.any(Number) })
  await expect(scoreOnTest(project.folder, champion, 'speed')).rejects.toThrow(/test_accuracy/)
  const profile = join(project.folder, 'data/processed/profile.json')
  await writeFile(profile, (await readFile(profile, 'utf8')).replace('"large"', '"huge"'))
  expect(await scoreOnTest(project.folder, champion, 'test_accuracy')).toEqual({
    misfit: expect.stringContaining('huge'),
  })
})
