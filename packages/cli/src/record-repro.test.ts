import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type ArtifactFolder, allFiles, openArtifacts } from '@waymark/client/artifacts'
import { call } from '@waymark/client/call'
import { findExperiment } from '@waymark/client/experiments'
import { metricHistory } from '@waymark/client/metric-history'
import { versionOfAlias } from '@waymark/client/registry'
import { startFlakyServer } from '@waymark/client/test/flaky-server'
import { ReproReport } from '@waymark/contract/repro-report'
import { createRun, deleteRun, type Run, searchRuns, updateRun } from '@waymark/contract/runs'
import { startTestServer, type TestServer } from '@waymark/tracking-server/test/test-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configOf, toyProject } from '../test/toy-pipeline.ts'

let server: TestServer
const connection = () => ({ base: server.base, headers: {} })
const env = () => ({ MLFLOW_TRACKING_URI: server.base })
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
    const [run] = await reprosOf('restored')
    expect(run?.info.run_name).toMatch(/-3$/)
    expect(valuesOf(run?.data.params ?? [])).toEqual({ 'train.skill': '0.9' })
    expect(valuesOf(run?.data.metrics ?? [])).toMatchObject({ accuracy: 0.9, val_loss: expect.closeTo(0.1) })
    expect(valuesOf(run?.data.tags ?? [])).toMatchObject({ 'waymark.replayed': 'train' })
    const history = await Array.fromAsync(metricHistory(connection(), run?.info.run_id ?? '', 'val_loss'))
    expect(history.map(({ step }) => step)).toEqual([0, 1])
    const trials = (await runsOf('restored')).filter(
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
    const runs = await reprosOf('own lock')
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
    expect(await reprosOf('held')).toHaveLength(1)
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

describe('before any stage runs', () => {
  test('a run name that is taken is an error that says how to go on', async () => {
    using project = toyProject({ tracking: 'experiment_name: named, run_name: baseline' })
    expect(await project.waymark(['repro'], env())).toMatchObject({ code: 0 })
    // Nothing to do needs no name.
    expect(await project.waymark(['repro'], env())).toMatchObject({ code: 0 })
    project.write('data/raw.txt', 'z\n')
    const { code, stdout, stderr } = await project.waymark(['repro'], env())
    expect(code).toBe(1)
    expect(stderr).toMatch(/Cannot start run "baseline": experiment "named" already has a run of that name/)
    expect(stderr).toContain('tracking.experiment_name: false')
    expect(stdout).not.toContain('preparing')
    expect(await reprosOf('named')).toHaveLength(1)
  })

  test('a name may hold quotes of both kinds', async () => {
    const tracking = `experiment_name: quotes, run_name: 'it''s "that\\one"'`
    using project = toyProject({ tracking })
    expect(await project.waymark(['repro'], env())).toMatchObject({ code: 0, stderr: '' })
    expect((await onlyRepro('quotes')).info.run_name).toBe(`it's "that\\one"`)
    project.write('config.yaml', configOf({ tracking, train: 'skill: 0.1' }))
    expect((await project.waymark(['repro'], env())).stderr).toContain('already has a run of that name')
  })

  test('a name whose run failed, was deleted, or is a child is free', async () => {
    const experimentId = await server.experiment('free names')
    const named = (tags: { key: string; value: string }[] = []) =>
      call(server.base, createRun, { experiment_id: experimentId, run_name: 'again', start_time: 1, tags })
    const { run: failed } = await named()
    await call(server.base, updateRun, { run_id: failed.info.run_id, status: 'FAILED' })
    const { run: deleted } = await named()
    await call(server.base, deleteRun, { run_id: deleted.info.run_id })
    await named([{ key: 'mlflow.parentRunId', value: failed.info.run_id }])
    using project = toyProject({ tracking: 'experiment_name: free names, run_name: again' })
    expect(await project.waymark(['repro'], env())).toMatchObject({ code: 0, stderr: '' })
  })

  test.each([
    ['does not answer', 'http://127.0.0.1:1', /does not answer: fetch failed \(.+\).*--no-track/s],
    ['is no server at all', 'not a uri', /Cannot use tracking URI "not a uri"/],
  ])('a tracking server that %s is an error, and --no-track goes on without', async (_how, uri, words) => {
    using project = toyProject()
    const refused = await project.waymark(['repro'], { MLFLOW_TRACKING_URI: uri })
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(words) })
    expect(await project.waymark(['repro', '--no-track'], { MLFLOW_TRACKING_URI: uri })).toMatchObject({ code: 0 })
  })

  test('the server is the one of --tracking-uri, the environment, npm start, config.yaml, in this order', async () => {
    using project = toyProject({ tracking: `experiment_name: order, uri: '${server.base}'` })
    const gone = 'http://127.0.0.1:1'
    expect(await project.waymark(['repro'])).toMatchObject({ code: 0 })
    expect(await project.waymark(['repro'], { MLFLOW_TRACKING_URI: gone })).toMatchObject({ code: 1 })
    const flag = ['repro', '--tracking-uri', server.base]
    expect(await project.waymark(flag, { MLFLOW_TRACKING_URI: gone })).toMatchObject({ code: 0 })
    project.write('.waymark/server.json', JSON.stringify({ tracking_uri: gone })) // ended without clearing up
    expect(await project.waymark(['repro'])).toMatchObject({ code: 0 })
    project.write('config.yaml', configOf({ tracking: `experiment_name: order, uri: '${gone}'` }))
    project.write('.waymark/server.json', JSON.stringify({ tracking_uri: server.base }))
    expect(await project.waymark(['repro'])).toMatchObject({ code: 0 })
  })

  test('a slip in what is to be tracked is named by file, line and key', async () => {
    using project = toyProject({ tracking: 'experiment_name: slip, run_name: 7' })
    expect(await project.waymark(['repro'], env())).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^waymark: config\.yaml:1 tracking\.run_name: .*found 7$/m),
    })
  })

  test('a declaration that cannot be read is named', async () => {
    using project = toyProject({ tracking: 'experiment_name: declared' })
    project.write('pipeline.yaml', project.read('pipeline.yaml').replace('history:', 'histroy:'))
    const { code, stderr } = await project.waymark(['repro'], env())
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('histroy') })
    expect(existsSync(join(project.root, 'out'))).toBe(false)
  })

  test.each([
    ['serving', 'config.yaml:3 serving.direction: expected one of "maximize", "minimize", found "max"'],
    ['publish.to', 'config.yaml:3 publish.to.direction: expected one of "maximize", "minimize", found "max"'],
  ])('a slip in the settings by which a model is published is named: section %s', async (section, words) => {
    using project = toyProject({ tracking: 'experiment_name: serving slip' })
    const config = configOf({ tracking: 'experiment_name: serving slip', serving: 'max' })
    project.write(
      'config.yaml',
      section === 'serving' ? config : config.replace(/serving: (.*)/, 'publish: { to: $1 }'),
    )
    project.write(
      'pipeline.yaml',
      project.read('pipeline.yaml').replace('config.yaml:serving', `config.yaml:${section}`),
    )
    for (const flags of [[], ['--no-track']]) {
      const { code, stderr } = await project.waymark(['repro', ...flags], env())
      expect({ code, stderr }).toEqual({ code: 1, stderr: `waymark: ${words}\n` })
    }
    expect(existsSync(join(project.root, 'out'))).toBe(false)
    expect(await findExperiment(connection(), 'serving slip')).toBeUndefined()
  })
})

describe('a repro that is broken off', () => {
  const waiting = 'echo waiting\nexec sleep 60\n'

  test('by Ctrl-C ends its run as KILLED, and leaves the outs as they were', async () => {
    using project = toyProject({ tracking: 'experiment_name: interrupted' })
    project.write('prep.sh', `echo chatter >&2\n${waiting}`)
    const running = project.start(['repro'], env())
    await running.printed('waiting')
    running.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    expect({ code, stderr }).toEqual({ code: 130, stderr: '  │ chatter\n' })
    expect(stdout).toMatch(/^prep {2}interrupted {3}\d\.\d s$/m)
    expect(stdout).toMatch(/ {2}interrupted +1 {3}prep .*\n {2}not reached +2 {3}train, pack\n/)
    expect(stdout).toMatch(/^run repro-.*\/runs\/[0-9a-f]{32}$/m)
    expect(stdout).not.toContain('failed')
    expect((await onlyRepro('interrupted')).info.status).toBe('KILLED')
  })

  test('by Ctrl-C ends within seconds also where its server no longer answers; the next command says so there', async () => {
    using project = toyProject({ tracking: 'experiment_name: hung' })
    await using flaky = await startFlakyServer(server.base)
    const good = project.read('prep.sh')
    project.write('prep.sh', waiting)
    const running = project.start(['repro'], { MLFLOW_TRACKING_URI: flaky.base })
    await running.printed('waiting')
    flaky.behave = () => 'hold'
    running.kill('SIGINT')
    const { code, stderr } = await running.ended
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining('is kept in') })
    expect((await onlyRepro('hung')).info.status).toBe('RUNNING')

    flaky.behave = () => 'pass'
    project.write('prep.sh', good)
    expect(await project.waymark(['repro'], { MLFLOW_TRACKING_URI: flaky.base })).toMatchObject({ code: 0 })
    expect((await reprosOf('hung')).map(({ info }) => info.status)).toEqual(['FINISHED', 'KILLED'])
  })

  test('by kill -9 is marked KILLED by the next one, which works', async () => {
    using project = toyProject({ tracking: 'experiment_name: killed, run_name: same name' })
    const good = project.read('prep.sh')
    project.write('prep.sh', waiting)
    const running = project.start(['repro'], env())
    await running.printed('waiting')
    expect((await onlyRepro('killed')).info.status).toBe('RUNNING')
    running.kill('SIGKILL')
    await running.ended
    project.write('prep.sh', good)
    const { code, stderr } = await project.waymark(['repro'], env())
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('was killed') })
    expect((await reprosOf('killed')).map(({ info }) => info.status)).toEqual(['FINISHED', 'KILLED'])
  })

  test('by kill -9 keeps no later one from working, also where somebody has deleted its run', async () => {
    using project = toyProject({ tracking: 'experiment_name: killed and deleted' })
    const good = project.read('prep.sh')
    project.write('prep.sh', waiting)
    const running = project.start(['repro'], env())
    await running.printed('waiting')
    running.kill('SIGKILL')
    await running.ended
    await call(server.base, deleteRun, { run_id: (await onlyRepro('killed and deleted')).info.run_id })
    project.write('prep.sh', good)
    expect(await project.waymark(['repro'], env())).toMatchObject({ code: 0 })
    expect((await onlyRepro('killed and deleted')).info.status).toBe('FINISHED')
  })

  test('by kill -9 is marked KILLED also where a stage had ended the run, as Python clients do', async () => {
    using project = toyProject({ tracking: 'experiment_name: ended by a stage' })
    const good = project.read('train.mjs')
    project.write('prep.sh', `${project.read('prep.sh')}node end.mjs\n`)
    project.write(
      'end.mjs',
      `const { MLFLOW_TRACKING_URI: uri, MLFLOW_RUN_ID: run_id } = process.env
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ run_id, status: 'FINISHED', end_time: 1 })
      await fetch(uri + '/api/2.0/mlflow/runs/update', { method: 'POST', headers, body })`,
    )
    project.write('train.mjs', `console.log('waiting'); setTimeout(() => {}, 60_000)`)
    const running = project.start(['repro'], env())
    await running.printed('waiting')
    running.kill('SIGKILL')
    await running.ended
    project.write('train.mjs', good)
    await project.waymark(['repro'], env())
    expect((await reprosOf('ended by a stage')).map(({ info }) => info.status)).toEqual(['FINISHED', 'KILLED'])
  })

  test('by a power cut, which has cut off its note too, keeps no later one from working', async () => {
    using project = toyProject({ tracking: 'experiment_name: power cut' })
    project.write('.waymark/repro-run.json', '')
    expect(await project.waymark(['repro'], env())).toMatchObject({ code: 0, stderr: '' })
  })

  test('from its server goes on; what could not be sent is sent by the next command', async () => {
    using project = toyProject({ tracking: 'experiment_name: cut off' })
    await using flaky = await startFlakyServer(server.base)
    project.write('prep.sh', `mkfifo gate\necho waiting\nread go < gate\nrm gate\n${project.read('prep.sh')}`)
    project.write('pipeline.yaml', project.read('pipeline.yaml').replace(/ {2}pack:.*/s, ''))
    project.write('train.mjs', project.read('train.mjs').replace('if (uri && run_id)', 'if (false)'))
    const quick = { MLFLOW_TRACKING_URI: flaky.base, WAYMARK_TRACKING_PATIENCE_MS: '100' }
    const running = project.start(['repro'], quick)
    await running.printed('waiting')
    flaky.behave = () => 'cut before'
    project.write('gate', 'go\n')
    const { code, stderr } = await running.ended
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('is kept in') })
    expect((await onlyRepro('cut off')).info.status).toBe('RUNNING')

    flaky.behave = () => 'pass'
    const next = await project.waymark(['repro'], quick)
    expect(next.stdout).toContain('Nothing to do')
    const run = await onlyRepro('cut off')
    expect(run.info.status).toBe('FINISHED')
    expect(valuesOf(run.data.metrics)).toMatchObject({ accuracy: 0.9 })
    const report = await reportOf(openArtifacts(connection(), run.info.artifact_uri))
    expect(report.stages.map(({ state }) => state)).toEqual(['ran', 'ran'])
    expect(readdirSync(join(project.root, '.waymark/spool'))).toEqual([])
  })

  test('from its server before a run was made says so, and how to go on', async () => {
    using project = toyProject({ tracking: 'experiment_name: gone' })
    await project.waymark(['repro', '--no-track'])
    await using flaky = await startFlakyServer(server.base)
    flaky.behave = () => (flaky.seen.length > 1 ? 'cut before' : 'pass')
    const quick = { MLFLOW_TRACKING_URI: flaky.base, WAYMARK_TRACKING_PATIENCE_MS: '100' }
    expect(await project.waymark(['repro'], quick)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Execution summary'),
      stderr: expect.stringMatching(/^waymark: Cannot make a run on the tracking server .*--no-track$/m),
    })
  })

  test('before its model was published is published by the next one, without running anything', async () => {
    using project = toyProject({ tracking: 'experiment_name: unpublished' })
    await using flaky = await startFlakyServer(server.base)
    flaky.behave = ({ url }) => (url?.includes('registered-models') ? 'cut before' : 'pass')
    const quick = { MLFLOW_TRACKING_URI: flaky.base, WAYMARK_TRACKING_PATIENCE_MS: '100' }
    const broken = await project.waymark(['repro'], quick)
    expect(broken).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/Cannot publish the model.*waymark repro again/),
    })
    expect(broken.stdout).toContain('Execution summary')
    expect(broken.stdout).toMatch(/^run repro-.* {3}http:.*\/runs\/[0-9a-f]{32}$/m)
    flaky.behave = () => 'pass'
    const next = await project.waymark(['repro'], quick)
    expect(next).toMatchObject({ code: 0, stdout: expect.stringMatching(/pack {2}unchanged/) })
    expect((await reprosOf('unpublished')).map(({ info }) => info.status)).toEqual(['FINISHED', 'FAILED'])
  })
})

describe('the model', () => {
  const name = 'toy-model'

  test('that is strictly better on the same rows becomes champion; a tie and an older state never move it', async () => {
    using project = toyProject({ tracking: 'experiment_name: promoting' })
    const train = async (skill: number) => {
      project.write(
        'config.yaml',
        configOf({ tracking: 'experiment_name: promoting', train: `skill: ${skill}` }).replace(name, 'promoted'),
      )
      return (await project.waymark(['repro'], env())).stdout
    }
    expect(await train(0.8)).toContain('promoted version 1 is now champion: there was no champion')
    expect(await train(0.7)).toContain(
      'promoted version 1 stays champion; this model is version 2: accuracy 0.7 against 0.8 of version 1 is not better',
    )
    expect(await train(0.9)).toContain('promoted version 3 is now champion: accuracy 0.9 against 0.8 of version 1')
    expect(await train(0.8)).toContain(
      'promoted version 3 stays champion; this model is version 1: it was compared when it was new',
    )
    expect((await versionOfAlias(connection(), 'promoted', 'champion'))?.version).toBe('3')
    expect(await train(0.9)).toContain('promoted version 3 stays champion: its content is the same')
  })

  test('is weighed against the champion scored anew where the test rows are others', async () => {
    using project = toyProject({ tracking: 'experiment_name: other rows' })
    const config = (skill: number) =>
      configOf({ tracking: 'experiment_name: other rows', train: `skill: ${skill}` }).replace(name, 'rescored')
    project.write('config.yaml', config(0.9))
    await project.waymark(['repro'], env())
    project.write('config.yaml', config(0.6))
    project.write('data/raw.txt', 'other\nrows\n')
    const { stdout } = await project.waymark(['repro'], env())
    expect(stdout).toContain('rescored version 2 is now champion: accuracy 0.6 against 0.45 of version 1')
  })

  test('takes the place of a champion that cannot take the new rows, with a warning', async () => {
    using project = toyProject({ tracking: 'experiment_name: misfit' })
    const config = (skill: number) =>
      configOf({ tracking: 'experiment_name: misfit', train: `skill: ${skill}` }).replace(name, 'misfit')
    project.write('config.yaml', config(-1))
    await project.waymark(['repro'], env())
    project.write('config.yaml', config(-2))
    project.write('data/raw.txt', 'other\nrows\n')
    const { stdout } = await project.waymark(['repro'], env())
    expect(stdout).toMatch(/misfit version 2 is now champion.*\n.*without a comparison.*column "a" is missing/)
  })

  test('of the same content is one version, in whichever run', async () => {
    for (const experiment of ['content one', 'content two']) {
      using project = toyProject({ tracking: `experiment_name: ${experiment}` })
      project.write('config.yaml', project.read('config.yaml').replace(name, 'same content'))
      await project.waymark(['repro'], env())
    }
    const champion = await versionOfAlias(connection(), 'same content', 'champion')
    expect(champion?.version).toBe('1')
    expect(valuesOf(champion?.tags ?? [])).toMatchObject({
      'waymark.model.name': expect.stringMatching(/^toy-skill_0\.9-[0-9a-f]{8}-[0-9a-f]{8}$/),
      'waymark.model.content': expect.stringMatching(/^[0-9a-f]{64}$/),
      'waymark.metric': 'accuracy',
      'waymark.score': '0.9',
    })
  })

  test('whose metric no stage left is an error that names the nearest one, with the link of the run', async () => {
    using project = toyProject({ tracking: 'experiment_name: no metric' })
    project.write('config.yaml', project.read('config.yaml').replace('metric: accuracy', 'metric: accurcy'))
    const { code, stdout, stderr } = await project.waymark(['repro'], env())
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/"accurcy".*did you mean accuracy\?/),
    })
    const run = await onlyRepro('no metric')
    expect(run.info.status).toBe('FAILED')
    expect(stdout).toContain(`run ${run.info.run_name}   ${server.base}/experiments/${run.info.experiment_id}/runs/`)
  })

  test('whose metric is near to none is told where the metrics are', async () => {
    using project = toyProject({ tracking: 'experiment_name: far metric' })
    project.write('config.yaml', project.read('config.yaml').replace('metric: accuracy', 'metric: recall_at_five'))
    expect(await project.waymark(['repro'], env())).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Set config.yaml serving.metric to one of the 2 metrics on the page of the run'),
    })
  })
})

async function experimentOf(name: string): Promise<string> {
  const found = await findExperiment(connection(), name)
  if (!found) throw new Error(`there is no experiment ${name}`)
  return found.experiment_id
}

/** Newest first. */
async function runsOf(experiment: string): Promise<Run[]> {
  const search = { experiment_ids: [await experimentOf(experiment)], max_results: 1000 }
  return (await call(server.base, searchRuns, search)).runs
}

async function reprosOf(experiment: string): Promise<Run[]> {
  return (await runsOf(experiment)).filter(({ data }) => !('mlflow.parentRunId' in valuesOf(data.tags)))
}

async function onlyRepro(experiment: string): Promise<Run> {
  const runs = await reprosOf(experiment)
  expect(runs).toHaveLength(1)
  return runs[0] as Run // the line above
}

function valuesOf<T>(items: readonly { key: string; value: T }[]): Record<string, T> {
  return Object.fromEntries(items.map(({ key, value }) => [key, value]))
}

async function textOf(artifacts: ArtifactFolder, path: string): Promise<string> {
  return Buffer.concat(await Array.fromAsync(await artifacts.get(path))).toString('utf8')
}

async function reportOf(artifacts: ArtifactFolder): Promise<ReproReport> {
  return ReproReport.parse(JSON.parse(await textOf(artifacts, 'pipeline/repro.json')))
}
