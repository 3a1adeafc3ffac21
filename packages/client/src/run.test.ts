import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { deleteRun, type Run, searchRuns } from '@waymark/contract/runs'
import { startTestServer } from '@waymark/tracking-server/test/test-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FlakyServer, startFlakyServer } from '../test/flaky-server.ts'
import { allFiles, openArtifacts } from './artifacts.ts'
import { call } from './call.ts'
import { metricHistory } from './metric-history.ts'
import { attachRun, attachRunOf, type StartRunOptions, startRun } from './run.ts'
import { sendSpool } from './send-spool.ts'

let base: string
let experiment: () => Promise<string>
const closing = new AsyncDisposableStack()

beforeAll(async () => {
  const server = closing.use(await startTestServer())
  base = server.base
  experiment = () => server.experiment()
})
afterAll(() => closing.disposeAsync())

describe('a run', () => {
  test('takes metrics, params and tags, and is finished once it is disposed of', async () => {
    const experimentId = await experiment()
    await using stage = await startStage({ experimentId })
    {
      await using run = await startRun({ ...stage.options, runName: 'first', tags: { team: 'pricing' } })
      run.logParams({ epochs: 20, optimizer: 'adam', hidden: [64, 64] })
      run.logMetric('loss', 0.5, { step: 1 })
      run.logMetrics({ loss: Number.NaN, accuracy: 0.9 }, { step: 2 })
      run.setTag('note', 'a — b')
    }
    const run = await onlyRun(experimentId)
    expect(run.info).toMatchObject({ run_name: 'first', status: 'FINISHED' })
    expect(run.info.end_time).toBeGreaterThan(0)
    expect(valuesOf(run.data.params)).toEqual({ epochs: '20', optimizer: 'adam', hidden: '[64,64]' })
    expect(valuesOf(run.data.metrics)).toEqual({ loss: Number.NaN, accuracy: 0.9 })
    expect(valuesOf(run.data.tags)).toMatchObject({ team: 'pricing', note: 'a — b', 'mlflow.source.type': 'LOCAL' })
  })

  test('sends many points in few requests, none lost and in their order', async () => {
    await using stage = await startStage({ experimentId: await experiment() })
    const run = await startRun(stage.options)
    const before = stage.flaky.seen.length
    for (let step = 0; step < 2500; step++) run.logMetric('loss', 2500 - step, { step })
    await run.end()
    expect(stage.flaky.seen.slice(before).filter((line) => line.includes('log-batch')).length).toBeLessThanOrEqual(4)
    const history = await Array.fromAsync(metricHistory({ base, headers: {} }, run.id, 'loss'))
    expect(history.map(({ step }) => step).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 2500 }, (_, i) => i))
  })

  test('takes 250 params, which is more than one request may carry', async () => {
    await using stage = await startStage({ experimentId: await experiment() })
    const run = await startRun(stage.options)
    run.logParams(Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`p${i}`, i])))
    await run.end()
    expect((await onlyRun(run.experimentId)).data.params).toHaveLength(250)
  })

  test('loses nothing but the entry that the server refuses, and says which', async () => {
    await using stage = await startStage({ experimentId: await experiment() })
    const run = await startRun(stage.options)
    run.logMetrics({ good: 1, 'bad\u0007name': 2, 'also good': 3 })
    await run.end()
    expect(valuesOf((await onlyRun(run.experimentId)).data.metrics)).toEqual({ good: 1, 'also good': 3 })
    expect(stage.problems).toEqual([expect.stringContaining('Cannot log metric "bad\\u0007name"')])
  })

  test('has child runs below it, in its experiment', async () => {
    const experimentId = await experiment()
    await using stage = await startStage({ experimentId })
    await using run = await startRun(stage.options)
    {
      await using child = await run.startChild({ runName: 'trial 0', tags: { kind: 'trial' } })
      child.logMetric('accuracy', 0.8)
    }
    const child = (await runsOf(experimentId)).find(({ info }) => info.run_name === 'trial 0')
    expect(child?.info.status).toBe('FINISHED')
    expect(valuesOf(child?.data.tags ?? [])).toMatchObject({ 'mlflow.parentRunId': run.id, kind: 'trial' })
  })

  test('that somebody else has made is found by the environment, and left running', async () => {
    const experimentId = await experiment()
    await using stage = await startStage({ experimentId })
    await using made = await startRun(stage.options)
    const env = { MLFLOW_TRACKING_URI: base, MLFLOW_RUN_ID: made.id }
    {
      await using run = await attachRunOf(env, stage.options)
      run?.logMetric('from the stage', 1)
    }
    expect((await onlyRun(experimentId)).info.status).toBe('RUNNING')
    expect(valuesOf((await onlyRun(experimentId)).data.metrics)).toEqual({ 'from the stage': 1 })
    expect(await attachRunOf({})).toBeUndefined()
  })

  test('goes into the experiment of that name, which is made where there is none', async () => {
    await using stage = await startStage()
    const env = { MLFLOW_TRACKING_URI: base, MLFLOW_EXPERIMENT_NAME: 'made on the way' }
    const [one, two] = await Promise.all([startRun({ ...stage.options, env }), startRun({ ...stage.options, env })])
    expect(one.experimentId).toBe(two.experimentId)
    await Promise.all([one.end(), two.end()])
  })
})

describe('a server that answers badly', () => {
  test.each([
    ['is overloaded', { status: 429, retryAfter: '0' }],
    ['fails', { status: 503 }],
    ['cuts the connection before it hears', 'cut before'],
    ['cuts the connection after it has written', 'cut after'],
  ] as const)('and %s is asked again, and each point is there once', async (_how, behaviour) => {
    await using stage = await startStage({ experimentId: await experiment() })
    const run = await startRun(stage.options)
    const failures = [behaviour, behaviour]
    stage.flaky.behave = ({ url }) => (url?.includes('log-batch') ? (failures.pop() ?? 'pass') : 'pass')
    run.logMetric('loss', 0.25, { step: 3 })
    await run.flush()
    const history = await Array.fromAsync(metricHistory({ base, headers: {} }, run.id, 'loss'))
    expect(history.map(({ value, step }) => [value, step])).toEqual([[0.25, 3]])
    expect(stage.problems).toEqual([])
    await run.end()
  })

  test('and loses the answer to the making of a run leaves one run, not two', async () => {
    const experimentId = await experiment()
    await using stage = await startStage({ experimentId })
    const failures = ['cut after' as const]
    stage.flaky.behave = ({ url }) => (url?.includes('runs/create') ? (failures.pop() ?? 'pass') : 'pass')
    await using run = await startRun(stage.options)
    expect((await runsOf(experimentId)).map(({ info }) => info.run_id)).toEqual([run.id])
  })
})

describe('a server that stays away', () => {
  test('stops no training: what was logged waits on the disk, child runs too, and the next command sends it', async () => {
    const experimentId = await experiment()
    await using stage = await startStage({ experimentId, patienceMs: 50, probeMs: 60_000 })
    const run = await startRun(stage.options)
    stage.flaky.behave = () => 'cut before'
    run.logParam('epochs', 20)
    for (let step = 0; step < 1500; step++) run.logMetric('loss', step === 7 ? Number.NaN : step, { step })
    const child = await run.startChild({ runName: 'trial 0' })
    child.logMetric('accuracy', 0.8)
    await child.end()
    await run.end()
    expect(stage.problems.join()).toMatch(/kept in .*spool/)
    expect((await runsOf(experimentId)).map(({ info }) => info.status)).toEqual(['RUNNING'])

    stage.flaky.behave = () => 'pass'
    expect(await sendSpool(stage.spoolDir)).toEqual({ sent: 2, left: 0, problems: [] })
    expect(await readdir(stage.spoolDir)).toEqual([])
    const runs = await runsOf(experimentId)
    expect(runs.map(({ info }) => info.status)).toEqual(['FINISHED', 'FINISHED'])
    const history = await Array.fromAsync(metricHistory({ base, headers: {} }, run.id, 'loss'))
    expect(history).toHaveLength(1500)
    expect(history.filter(({ value }) => Number.isNaN(value)).map(({ step }) => step)).toEqual([7])
    const sentChild = runs.find(({ info }) => info.run_name === 'trial 0')
    expect(valuesOf(sentChild?.data.tags ?? [])).toMatchObject({ 'mlflow.parentRunId': run.id })
    expect(valuesOf(sentChild?.data.metrics ?? [])).toEqual({ accuracy: 0.8 })
  })

  test('and comes back while the run goes on gets all of it from the run itself, in order', async () => {
    const experimentId = await experiment()
    await using stage = await startStage({ experimentId, patienceMs: 50, probeMs: 0 })
    const run = await startRun(stage.options)
    stage.flaky.behave = () => 'cut before'
    run.setTag('phase', 'away')
    await run.flush()
    stage.flaky.behave = () => 'pass'
    run.setTag('phase', 'back')
    await run.end()
    expect(valuesOf((await onlyRun(experimentId)).data.tags)).toMatchObject({ phase: 'back' })
    expect(await readdir(stage.spoolDir)).toEqual([])
    expect(stage.problems).toEqual([])
  })

  test('is no reason for a stage not to begin: it attaches to its run without hearing of it', async () => {
    const experimentId = await experiment()
    await using stage = await startStage({ experimentId, patienceMs: 50, probeMs: 60_000 })
    await using made = await startRun(stage.options)
    stage.flaky.behave = () => 'cut before'
    {
      await using run = await attachRun({ ...stage.options, runId: made.id })
      run.logMetric('loss', 1)
    }
    stage.flaky.behave = () => 'pass'
    await sendSpool(stage.spoolDir)
    expect(valuesOf((await onlyRun(experimentId)).data.metrics)).toEqual({ loss: 1 })
  })

  test('nor is a disk that takes nothing a reason for a stage to fail: it is said', async () => {
    const experimentId = await experiment()
    await using stage = await startStage({ experimentId, patienceMs: 50 })
    await using run = await startRun(stage.options)
    await writeFile(stage.spoolDir, 'a file where the folder would be')
    stage.flaky.behave = () => 'cut before'
    {
      await using attached = await attachRun({ ...stage.options, runId: run.id })
      attached.logMetric('loss', 1)
    }
    expect(stage.problems).toContainEqual(expect.stringMatching(/^Cannot keep all that was logged: ENOTDIR|EEXIST/))
    stage.flaky.behave = () => 'pass'
  })

  test('and comes back at another address gets what was meant for it there', async () => {
    const experimentId = await experiment()
    await using stage = await startStage({ experimentId, patienceMs: 50, probeMs: 60_000 })
    const run = await startRun(stage.options)
    stage.flaky.behave = () => 'cut before'
    const child = await run.startChild({ runName: 'trial 0' })
    await child.end()
    await run.end()
    const report = await sendSpool(stage.spoolDir, { instead: { base, headers: {} } })
    expect(report).toEqual({ sent: 2, left: 0, problems: [] })
    expect((await runsOf(experimentId)).map(({ info }) => info.status)).toEqual(['FINISHED', 'FINISHED'])
  })

  test('gets the artifacts too, and those of a folder all at once', async () => {
    const experimentId = await experiment()
    await using stage = await startStage({ experimentId, patienceMs: 50, probeMs: 0 })
    const run = await startRun(stage.options)
    stage.flaky.behave = () => 'cut before'
    const folder = join(stage.spoolDir, '..', 'plots')
    await mkdir(folder)
    for (let i = 0; i < 20; i++) await writeFile(join(folder, `${i}.json`), String(i))
    await run.logArtifacts(folder, 'plots')
    await run.logText('words', 'notes.txt')
    await rm(folder, { recursive: true })
    stage.flaky.behave = () => 'pass'
    await run.end()
    const artifacts = openArtifacts({ base, headers: {} }, run.artifactUri)
    expect(await Array.fromAsync(allFiles(artifacts))).toHaveLength(21)
    expect(await text(await artifacts.get('plots/7.json'))).toBe('7')
    expect(await readdir(stage.spoolDir)).toEqual([])
  })

  test('keeps its spool where it is still away, and says so once', async () => {
    await using stage = await startStage({ experimentId: await experiment(), patienceMs: 50, probeMs: 60_000 })
    const run = await startRun(stage.options)
    stage.flaky.behave = () => 'cut before'
    await (await run.startChild({ runName: 'trial 0' })).end()
    await run.end()
    const report = await sendSpool(stage.spoolDir)
    expect(report).toMatchObject({ sent: 0, left: 2, problems: [expect.stringMatching(/Cannot send .* of 2 runs: /)] })
    expect(await readdir(stage.spoolDir)).toHaveLength(2)
  })
})

test('a run that was deleted meanwhile takes nothing, and says so once', async () => {
  const experimentId = await experiment()
  await using stage = await startStage({ experimentId })
  const run = await startRun(stage.options)
  await call(base, deleteRun, { run_id: run.id })
  for (let step = 0; step < 100; step++) run.logMetric('loss', step, { step })
  await run.flush()
  expect(stage.problems).toEqual([expect.stringMatching(/must be in the 'active' state/)])
})

interface Stage extends AsyncDisposable {
  readonly flaky: FlakyServer
  readonly spoolDir: string
  readonly problems: string[]
  readonly options: StartRunOptions
}

/** A client on a connection that the test can disturb. */
async function startStage(options: StartRunOptions = {}): Promise<Stage> {
  const flaky = await startFlakyServer(base)
  const folder = await mkdtemp(join(tmpdir(), 'waymark-client-'))
  const spoolDir = join(folder, 'spool')
  const problems: string[] = []
  return {
    flaky,
    spoolDir,
    problems,
    options: { trackingUri: flaky.base, env: {}, spoolDir, onProblem: (words) => problems.push(words), ...options },
    async [Symbol.asyncDispose]() {
      await flaky[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

async function runsOf(experimentId: string): Promise<Run[]> {
  return (await call(base, searchRuns, { experiment_ids: [experimentId], max_results: 100 })).runs
}

async function onlyRun(experimentId: string): Promise<Run> {
  const runs = await runsOf(experimentId)
  expect(runs).toHaveLength(1)
  return runs[0] as Run // the line above
}

function valuesOf<T>(items: readonly { key: string; value: T }[]): Record<string, T> {
  return Object.fromEntries(items.map(({ key, value }) => [key, value]))
}
