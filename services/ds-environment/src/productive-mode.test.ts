import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call } from '@waymark/client/call'
import { findExperiment } from '@waymark/client/experiments'
import { getVersionByAlias } from '@waymark/contract/registered-models'
import { getRun, searchRuns } from '@waymark/contract/runs'
import { startTestServer } from '@waymark/tracking-server/test/test-server'
import { expect, test } from 'vitest'
import { deployInOneGo } from './productive-mode.ts'

test('one go leads from the data to the champion: a finished run with its children, a version, nothing left behind', async () => {
  await using server = await startTestServer()
  await using project = await projectFolder()
  const lines: string[] = []
  const options = optionsFor(server.base, project.path, lines)
  const { runId, publication } = await deployInOneGo(options)
  expect(publication).toMatchObject({ version: '1', created: true, champion: 'moved' })

  const { run } = await call(server.base, getRun, { run_id: runId })
  expect(run.info.status).toBe('FINISHED')
  expect(run.data.params).toContainEqual({ key: 'training.seed', value: '1' })
  const metrics = Object.fromEntries(run.data.metrics.map(({ key, value }) => [key, value]))
  expect(metrics['test_accuracy']).toBeGreaterThan(0.8)
  expect(metrics['served_largest_difference']).toBeLessThan(1e-6)
  const { runs } = await call(server.base, searchRuns, { experiment_ids: [run.info.experiment_id] })
  const children = runs.filter(({ info }) => info.run_id !== runId).map(({ info }) => `${info.run_name} ${info.status}`)
  expect(children.sort()).toEqual(['trial-1-majority FINISHED', 'trial-2-logistic FINISHED'])
  const { model_version } = await call(server.base, getVersionByAlias, { name: 'small-price', alias: 'champion' })
  expect(model_version).toMatchObject({ version: '1', run_id: runId })
  expect((await readdir(project.path)).sort()).toEqual(['config.yaml', 'data'])
  expect(lines.join('')).toContain('training  ')

  // The same data and settings give the same model: no second version, and the champion stays.
  expect((await deployInOneGo(options)).publication).toMatchObject({ version: '1', created: false, champion: 'same' })
})

test('a source beside the project is found, too', async () => {
  await using server = await startTestServer()
  await using around = await projectFolder()
  const project = join(around.path, 'project')
  await mkdir(project)
  await writeFile(join(project, 'config.yaml'), config.replace('data/prices.csv', '../data/prices.csv'))
  expect((await deployInOneGo(optionsFor(server.base, project))).publication).toMatchObject({ version: '1' })
})

test('a stage that fails leaves a failed run', async () => {
  await using server = await startTestServer()
  await using project = await projectFolder()
  await writeFile(join(project.path, 'data/prices.csv'), 'size,price\n')
  await expect(deployInOneGo(optionsFor(server.base, project.path))).rejects.toThrow('prices.csv')
  expect(await statuses(server.base)).toEqual(['FAILED'])
})

test('ended by a signal in the middle of training, the run is killed with its trials, and the work folder is gone', async () => {
  await using server = await startTestServer()
  await using project = await projectFolder()
  await mkdir(join(project.path, 'tmp'))
  const endless = config
    .replace('majority: {}', 'majority: {}, mlp: {}')
    .replace('select:', 'epochs: 100000\n  search: { kind: grid, epochs: 100000 }\n  select:')
  await writeFile(join(project.path, 'config.yaml'), endless)
  const env = { ...process.env, MLFLOW_TRACKING_URI: server.base, TMPDIR: join(project.path, 'tmp') }
  const program = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    cwd: project.path,
    env,
    stdio: 'ignore',
  })
  const ended = once(program, 'exit')
  await expect
    .poll(async () => (await statuses(server.base)).length, { timeout: 20_000, interval: 5 })
    .toBeGreaterThan(1)
  program.kill('SIGTERM')
  expect(await ended).toEqual([143, null])
  const found = await statuses(server.base)
  expect(found).toContain('KILLED')
  expect(found).not.toContain('RUNNING')
  expect(await readdir(join(project.path, 'tmp'))).toEqual([])
})

test('without a tracking server nothing runs, and the message says how to give one', async () => {
  await using project = await projectFolder()
  const lines: string[] = []
  const away = optionsFor('http://127.0.0.1:9', project.path, lines)
  const env = { ...away.env, WAYMARK_TRACKING_PATIENCE_MS: '1' }
  await expect(deployInOneGo({ ...away, env })).rejects.toThrow(/127\.0\.0\.1:9 .*MLFLOW_TRACKING_URI/)
  expect(lines).toEqual([])
})

function optionsFor(trackingUri: string, project: string, lines: string[] = []) {
  const out = { write: (text: string) => lines.push(text) }
  const env = { ...process.env, MLFLOW_TRACKING_URI: trackingUri }
  return { project, env, out, signal: new AbortController().signal }
}

/** Of all runs of the experiment; none before it is there. */
async function statuses(base: string): Promise<string[]> {
  const server = { base, headers: {} }
  const experiment = await findExperiment(server, 'small')
  if (!experiment) return []
  const { runs } = await call(base, searchRuns, { experiment_ids: [experiment.experiment_id] })
  return runs.map((run) => run.info.status).sort()
}

async function projectFolder() {
  const path = await mkdtemp(join(tmpdir(), 'productive-'))
  await mkdir(join(path, 'data'))
  const rows = Array.from({ length: 200 }, (_, i) => `${i},${'DEF'[i % 3]},${i * 10}`)
  await writeFile(join(path, 'data/prices.csv'), ['size,colour,price', ...rows, ''].join('\n'))
  await writeFile(join(path, 'config.yaml'), config)
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const config = `
tracking: { experiment_name: small }
data:
  source: data/prices.csv
  task: classification
  target: { column: price, bands: [{ name: low, below: 1000 }, { name: high }] }
training:
  models: { majority: {}, logistic: { l2: 0.001 } }
  select: { metric: validation_accuracy, direction: maximize }
explainability: {}
serving: { registered_model: small-price, metric: test_accuracy, direction: maximize }
`
