import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openArtifacts } from '@waymark/client/artifacts'
import { call } from '@waymark/client/call'
import { startFlakyServer } from '@waymark/client/test/flaky-server'
import { deleteRun } from '@waymark/contract/runs'
import { startTestServer, type TestServer } from '@waymark/tracking-server/test/test-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onlyReproOf, reportOf, reprosOf, valuesOf } from '../test/recorded-runs.ts'
import { toyProject } from '../test/toy-pipeline.ts'

let server: TestServer
const connection = () => ({ base: server.base, headers: {} })
const env = () => ({ MLFLOW_TRACKING_URI: server.base })
const onlyRepro = (experiment: string) => onlyReproOf(server.base, experiment)
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

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
    expect((await reprosOf(server.base, 'hung')).map(({ info }) => info.status)).toEqual(['FINISHED', 'KILLED'])
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
    expect((await reprosOf(server.base, 'killed')).map(({ info }) => info.status)).toEqual(['FINISHED', 'KILLED'])
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
    const shown = async () => {
      const { status, end_time } = (await onlyRepro('ended by a stage')).info
      return { status, end_time }
    }
    await expect.poll(shown, { timeout: 10_000 }).toEqual({ status: 'RUNNING', end_time: undefined }) // it goes on
    running.kill('SIGKILL')
    await running.ended
    project.write('train.mjs', good)
    await project.waymark(['repro'], env())
    expect((await reprosOf(server.base, 'ended by a stage')).map(({ info }) => info.status)).toEqual([
      'FINISHED',
      'KILLED',
    ])
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

  test('from its server says that it waits for it once the stages are done', async () => {
    using project = toyProject({ tracking: 'experiment_name: slow' })
    await using flaky = await startFlakyServer(server.base)
    project.write('prep.sh', `mkfifo gate\necho waiting\nread go < gate\nrm gate\n${project.read('prep.sh')}`)
    project.write('pipeline.yaml', project.read('pipeline.yaml').replace(/ {2}train:.*/s, ''))
    const running = project.start(['repro'], { MLFLOW_TRACKING_URI: flaky.base })
    await running.printed('waiting')
    flaky.behave = () => ({ status: 503 })
    project.write('gate', 'go\n')
    await running.printed('waiting for the tracking server to take the run')
    flaky.behave = () => 'pass'
    expect(await running.ended).toMatchObject({ code: 0 })
    expect((await onlyRepro('slow')).info.status).toBe('FINISHED')
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
    expect((await reprosOf(server.base, 'unpublished')).map(({ info }) => info.status)).toEqual(['FINISHED', 'FAILED'])
  })
})
