import { call } from '@waymark/client/call'
import { searchRuns } from '@waymark/contract/runs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenBrowser, openBrowser } from './browser.ts'
import { copyProject, type Project, type RunningHouse, startHouse } from './project.ts'

/** The main job from end to end, on the real data set, with a search and a fit that are small enough for a test. */
let project: Project
let house: RunningHouse
let browser: OpenBrowser

beforeAll(async () => {
  project = await copyProject()
  await project.configure(['tracking', 'experiment_name'], 'story')
  await project.configure(['training', 'epochs'], 1)
  await project.configure(['training', 'search', 'epochs'], 1)
  await project.configure(['training', 'models'], { majority: {}, mlp: { hidden: [[16], [32]], learning_rate: 0.01 } })
  house = await startHouse(project)
  browser = await openBrowser()
}, 240_000)

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]()
  await house?.[Symbol.asyncDispose]()
  await project?.[Symbol.asyncDispose]()
})

const diamond = {
  carat: 0.7,
  cut: 'Ideal',
  color: 'G',
  clarity: 'VS2',
  depth: 61.5,
  table: 56,
  x: 5.7,
  y: 5.72,
  z: 3.51,
}

test('the first start leaves one finished run with all four stages', async () => {
  expect(house.output()).toMatch(/data_prep +ran, because/)
  expect(house.output()).toMatch(/prediction_app +ran/)
  // What is printed as ready is: the model of this repro has been taken by then.
  expect(house.output()).toMatch(/predictions +\S+\/invocations$/m)
  const runs = await topLevelRuns()
  expect(runs.map(({ info }) => info.status)).toEqual(['FINISHED'])
})

test('the browser leads from the experiment to the run, its metrics, pipeline and artifacts', async () => {
  const { page } = browser
  await page.goto(house.trackingUri)
  await page.getByRole('link', { name: 'story' }).first().click()
  await page
    .getByRole('link', { name: /^repro-/ })
    .first()
    .click()
  await page.getByText('test_accuracy').first().waitFor()
  await page.getByRole('tab', { name: 'Pipeline' }).click()
  for (const stage of ['data_prep', 'training', 'explainability', 'prediction_app']) {
    await page.getByText(stage, { exact: true }).first().waitFor()
  }
  await page.getByRole('tab', { name: 'Artifacts' }).click()
  await page.getByText('pipeline', { exact: true }).click()
  await page.getByText('pipeline.lock').click()
  await page.getByText('schema: ').first().waitFor()
})

test('a prediction over HTTP names a category and its probability', async () => {
  const prediction = await predict()
  expect(['low', 'mid', 'high', 'lux']).toContain(prediction.prediction)
})

test('a changed param reruns what depends on it and nothing else', async () => {
  await project.configure(['training', 'epochs'], 2)
  const { code, output } = await project.waymark(['repro'])
  expect(code, output).toBe(0)
  expect(output).toMatch(/data_prep +unchanged/)
  expect(output).toMatch(/training +ran, because config\.yaml training\.epochs changed 1 → 2/)
  expect(output).toMatch(/explainability +ran/)
  expect(output).toMatch(/prediction_app +ran/)
}, 120_000)

test('the two runs compared show the one param that differs', async () => {
  const { page } = browser
  const [second, first] = await topLevelRuns()
  await page.goto(`${house.trackingUri}/experiments/${first?.info.experiment_id}`)
  for (const run of [first, second]) {
    await page.getByRole('checkbox', { name: `Select run ${run?.info.run_name}` }).click()
  }
  await page
    .getByRole('button', { name: 'Compare (2)' })
    .or(page.getByRole('link', { name: 'Compare (2)' }))
    .click()
  await page.getByText('training.epochs').first().waitFor()
  expect(await page.getByText('data.split.seed').count()).toBe(0)
})

test('the change taken back restores without running, and the run is complete', async () => {
  await project.configure(['training', 'epochs'], 1)
  const { code, output } = await project.waymark(['repro'])
  expect(code, output).toBe(0)
  expect(output).toMatch(/training +restored/)
  expect(output).not.toMatch(/training +ran/)
  const [restored, , first] = await topLevelRuns()
  const metrics = (run: typeof first) =>
    Object.fromEntries(run?.data.metrics.map(({ key, value }) => [key, value]) ?? [])
  expect(metrics(restored)).toEqual(metrics(first))
  await predict()
}, 60_000)

test('a repro with nothing to do makes no run', async () => {
  const before = (await topLevelRuns()).length
  const { code, output } = await project.waymark(['repro'])
  expect(code, output).toBe(0)
  expect((await topLevelRuns()).length).toBe(before)
})

test('SIGTERM ends the house within 5 s, and a second start keeps all data and reruns nothing', async () => {
  const runs = (await topLevelRuns()).length
  const ended = await house.stop()
  expect(ended.ms).toBeLessThan(5_000)
  house = await startHouse(project)
  expect(house.output()).not.toMatch(/ran, because/)
  expect((await topLevelRuns()).length).toBe(runs)
  await predict()
}, 60_000)

async function topLevelRuns() {
  const { experiments } = await (
    await fetch(`${house.trackingUri}/api/2.0/mlflow/experiments/search?max_results=100`)
  ).json()
  const { experiment_id } = experiments.find(({ name }: { name: string }) => name === 'story')
  const { runs } = await call(house.trackingUri, searchRuns, {
    experiment_ids: [experiment_id],
    filter: 'tags.`mlflow.parentRunId` IS NULL',
  })
  return runs
}

async function predict(): Promise<{ prediction: string }> {
  const reply = await fetch(`${house.predictionUri}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ dataframe_records: [diamond] }),
  })
  expect(reply.status, await reply.clone().text()).toBe(200)
  return (await reply.json()).predictions[0]
}
