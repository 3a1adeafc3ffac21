import { allFiles, openArtifacts } from '@waymark/client/artifacts'
import { findExperiment } from '@waymark/client/experiments'
import { metricHistory } from '@waymark/client/metric-history'
import { startTestServer, type TestServer } from '@waymark/tracking-server/test/test-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onlyReproOf, reportOf, reprosOf, runsOf, textOf, valuesOf } from '../test/recorded-runs.ts'
import { configOf, toyProject } from '../test/toy-pipeline.ts'

let server: TestServer
const connection = () => ({ base: server.base, headers: {} })
const env = () => ({ MLFLOW_TRACKING_URI: server.base })
const onlyRepro = (experiment: string) => onlyReproOf(server.base, experiment)
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

describe('the tracked run', () => {
  test('its link leads where people see the UI, when that is not where programs reach the server', async () => {
    using project = toyProject({ tracking: 'experiment_name: link' })
    const { stdout } = await project.waymark(['repro'], { ...env(), WAYMARK_UI_URI: 'http://localhost:5000/' })
    const { info } = await onlyRepro('link')
    expect(stdout).toContain(`http://localhost:5000/experiments/${info.experiment_id}/runs/${info.run_id}\n`)
  })

  test('of a first repro holds all params, metrics, history, plots, model, pipeline, code and environment', async () => {
    using project = toyProject({ tracking: 'experiment_name: first' })
    project.git('init', '--quiet', '--initial-branch', 'main')
    project.git('add', '.')
    project.git('commit', '--quiet', '--message', 'start')
    project.git('remote', 'add', 'origin', 'https://me:secret@example.org/toy.git')
    project.write('notes.txt', 'untracked')
    project.write('data/raw.txt', 'b\na\nc\n')
    const { code, stdout, stderr } = await project.waymark(['repro'], env())
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const run = await onlyRepro('first')
    expect(stdout).toContain(`run ${run.info.run_name}   ${server.base}/experiments/${run.info.experiment_id}/runs/`)
    expect(run.info.status).toBe('FINISHED')
    expect(run.info.run_name).toMatch(/^repro-\d{4}-\d\d-\d\d-1$/)
    expect(valuesOf(run.data.params)).toEqual({ 'train.skill': '0.9' })
    expect(valuesOf(run.data.metrics)).toEqual({ accuracy: 0.9, 'nested.loss': expect.closeTo(0.1), live: 1 })
    expect(valuesOf(run.data.tags)).toMatchObject({
      'mlflow.source.git.commit': project.git('rev-parse', 'HEAD'),
      'mlflow.source.git.branch': 'main',
      'mlflow.source.git.repoURL': 'https://example.org/toy.git',
      'waymark.git.dirty': 'true',
      'waymark.lock': expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    const artifacts = openArtifacts(connection(), run.info.artifact_uri)
    expect((await Array.fromAsync(allFiles(artifacts))).map(({ path }) => path).toSorted()).toEqual([
      'environment.json',
      'model/details.json',
      'model/skill.txt',
      'pipeline/pipeline.lock',
      'pipeline/pipeline.yaml',
      'pipeline/repro.json',
      'reports/metrics.json',
      'reports/plots/curve.json',
      'source/uncommitted.diff',
      'source/untracked.json',
      'source/untracked/notes.txt',
    ])
    expect(await textOf(artifacts, 'pipeline/pipeline.lock')).toBe(project.read('pipeline.lock'))
    expect(await textOf(artifacts, 'source/uncommitted.diff')).toContain('+c')
    const report = await reportOf(artifacts)
    expect(report.lock).toBe(valuesOf(run.data.tags)['waymark.lock'])
    expect(report.stages.map(({ name, state, needs }) => [name, state, needs])).toEqual([
      ['prep', 'ran', []],
      ['train', 'ran', ['prep']],
      ['pack', 'ran', ['train']],
    ])
    expect(report.stages[0]).toMatchObject({ exit_code: 0, reasons: [{ kind: 'never ran' }], deps: [{}, { size: 6 }] })
    expect(JSON.parse(project.read('models/meta.json'))).toMatchObject({
      version: '1',
      run_id: run.info.run_id,
      git_sha: project.git('rev-parse', 'HEAD'),
      git_dirty: true,
    })
  })

  test('of stages that were restored is as complete: history and trials are replayed', async () => {
    using project = toyProject({ tracking: 'experiment_name: restored' })
    await project.waymark(['repro'], env())
    const changed = (skill: number) => configOf({ tracking: 'experiment_name: restored', train: `skill: ${skill}` })
    project.write('config.yaml', changed(0.95))
    await project.waymark(['repro'], env())
    project.write('config.yaml', changed(0.9))
    const { stdout } = await project.waymark(['repro'], env())
    expect(stdout).toContain('train  restored from cache')
    const [run] = await reprosOf(server.base, 'restored')
    expect(run?.info.run_name).toMatch(/-3$/)
    expect(valuesOf(run?.data.params ?? [])).toEqual({ 'train.skill': '0.9' })
    expect(valuesOf(run?.data.metrics ?? [])).toMatchObject({ accuracy: 0.9, val_loss: expect.closeTo(0.1) })
    expect(valuesOf(run?.data.tags ?? [])).toMatchObject({ 'waymark.replayed': 'train' })
    const history = await Array.fromAsync(metricHistory(connection(), run?.info.run_id ?? '', 'val_loss'))
    expect(history.map(({ step }) => step)).toEqual([0, 1])
    const trials = (await runsOf(server.base, 'restored')).filter(
      ({ data }) => valuesOf(data.tags)['mlflow.parentRunId'] === run?.info.run_id,
    )
    expect(trials.map(({ info, data }) => [info.run_name, info.status, valuesOf(data.params)])).toEqual([
      ['trial 1', 'FINISHED', { width: '64' }],
      ['trial 0', 'FINISHED', { width: '32' }],
    ])
  })

  test('keeps apart what a stage logged step by step and what it wrote under the same name at its end', async () => {
    using project = toyProject({ tracking: 'experiment_name: same key' })
    const logged = project
      .read('train.mjs')
      .replace("key: 'live', value: 1, timestamp: 1, step: 0", "key: 'accuracy', value: 0.1, timestamp: 1, step: 7")
    project.write('train.mjs', logged)
    expect(await project.waymark(['repro'], env())).toMatchObject({ code: 0, stderr: '' })
    const run = await onlyRepro('same key')
    expect(valuesOf(run.data.metrics)).toMatchObject({ accuracy: 0.1, 'train.accuracy': 0.9 })
    const history = await Array.fromAsync(metricHistory(connection(), run.info.run_id, 'accuracy'))
    expect(history.map(({ step }) => step)).toEqual([7])
  })

  test('keeps the other untracked files where one has a name that no artifact may have, and says which', async () => {
    using project = toyProject({ tracking: 'experiment_name: odd names' })
    project.git('init', '--quiet')
    project.write('a\nb.txt', 'odd')
    const { code, stderr } = await project.waymark(['repro'], env())
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('untracked file "a\\nb.txt": ') })
    const { info } = await onlyRepro('odd names')
    const files = await Array.fromAsync(allFiles(openArtifacts(connection(), info.artifact_uri), 'source'))
    expect(files.map(({ path }) => path)).toContain('source/untracked/train.mjs')
  })

  test('is of a clean tree where all that changed is the lock that a repro wrote', async () => {
    using project = toyProject({ tracking: 'experiment_name: own lock' })
    project.git('init', '--quiet')
    project.git('add', '.')
    project.git('commit', '--quiet', '--message', 'start')
    await project.waymark(['repro'], env())
    await project.waymark(['repro', '--force'], env()) // the lock is there, untracked
    project.git('add', 'pipeline.lock')
    project.git('commit', '--quiet', '--message', 'lock')
    const commit = (skill: number) => {
      project.write('config.yaml', configOf({ tracking: 'experiment_name: own lock', train: `skill: ${skill}` }))
      project.git('commit', '--quiet', '--message', `${skill}`, 'config.yaml')
    }
    commit(0.8)
    await project.waymark(['repro'], env())
    commit(0.7)
    await project.waymark(['repro'], env()) // the lock is there, changed
    const runs = await reprosOf(server.base, 'own lock')
    expect(runs.map(({ data }) => valuesOf(data.tags)['waymark.git.dirty'])).toEqual([
      'false',
      'false',
      'false',
      'false',
    ])
    expect(JSON.parse(project.read('models/meta.json'))).toMatchObject({ git_dirty: false })
  })

  test('is not made where there is nothing to do: the one that holds this state is named', async () => {
    using project = toyProject({ tracking: 'experiment_name: held' })
    await project.waymark(['repro'], env())
    const run = await onlyRepro('held')
    const { code, stdout } = await project.waymark(['repro'], env())
    expect(code).toBe(0)
    expect(stdout).toContain(`Nothing to do: run ${run.info.run_name} holds this state`)
    expect(stdout).toContain(run.info.run_id)
    expect(await reprosOf(server.base, 'held')).toHaveLength(1)
  })

  test('is one, where two repros do the same work at once: the second names the run of the first', async () => {
    using project = toyProject({ tracking: 'experiment_name: together' })
    project.write('prep.sh', `mkfifo gate\necho waiting\nread go < gate\nrm gate\n${project.read('prep.sh')}`)
    const first = project.start(['repro'], env())
    await first.printed('  │ waiting')
    const second = project.start(['repro'], env())
    await second.printed('waiting for process')
    project.write('gate', 'go\n')
    expect(await first.ended).toMatchObject({ code: 0, stderr: '' })
    const run = await onlyRepro('together')
    expect(run.info.status).toBe('FINISHED')
    expect(await second.ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Nothing to do: run ${run.info.run_name} holds this state`),
    })
    await onlyRepro('together')
  })

  test('is made with all stages unchanged where the experiment holds none of this state, and published', async () => {
    using project = toyProject({ tracking: 'experiment_name: lost' })
    await project.waymark(['repro', '--no-track'], env())
    expect(await findExperiment(connection(), 'lost')).toBeUndefined()
    const { stdout } = await project.waymark(['repro'], env())
    const run = await onlyRepro('lost')
    expect(stdout).toContain(`run ${run.info.run_name}`)
    const report = await reportOf(openArtifacts(connection(), run.info.artifact_uri))
    expect(report.stages.map(({ state }) => state)).toEqual(['unchanged', 'unchanged', 'unchanged'])
    expect(valuesOf(run.data.metrics)).toMatchObject({ accuracy: 0.9, val_loss: expect.closeTo(0.1) })
  })

  test('of stages that left metrics nobody can read is FAILED, and its link is printed', async () => {
    using project = toyProject({ tracking: 'experiment_name: unreadable' })
    const train = project.read('train.mjs')
    project.write('train.mjs', train.replace(/(reports\/metrics\.json', ).*/, "$1'{ accuracy: [')"))
    const { code, stdout, stderr } = await project.waymark(['repro'], env())
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('Cannot read the metrics') })
    const run = await onlyRepro('unreadable')
    expect(run.info.status).toBe('FAILED')
    expect(stdout).toContain(`/runs/${run.info.run_id}\n`)
  })

  test('of a stage that fails is FAILED, and holds what the earlier stages left', async () => {
    using project = toyProject({ tracking: 'experiment_name: failing' })
    project.write('train.mjs', "console.error('\\u001b[31mno such column\\u001b[0m'); process.exit(3)")
    expect(await project.waymark(['repro'], env())).toMatchObject({ code: 1 })
    const run = await onlyRepro('failing')
    expect(run.info.status).toBe('FAILED')
    const report = await reportOf(openArtifacts(connection(), run.info.artifact_uri))
    expect(report.stages.map(({ state, exit_code }) => [state, exit_code])).toEqual([
      ['ran', 0],
      ['failed', 3],
      ['not reached', null],
    ])
    expect(report.stages[1]).toMatchObject({
      error: expect.stringContaining('exited with 3'),
      stderr_tail: 'no such column',
    })
  })
})
