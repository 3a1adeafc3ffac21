import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '@waymark/client/call'
import { findExperiment } from '@waymark/client/experiments'
import { createRun, deleteRun, updateRun } from '@waymark/contract/runs'
import { startTestServer, type TestServer } from '@waymark/tracking-server/test/test-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onlyReproOf, reprosOf } from '../test/recorded-runs.ts'
import { configOf, toyProject } from '../test/toy-pipeline.ts'

let server: TestServer
const connection = () => ({ base: server.base, headers: {} })
const env = () => ({ MLFLOW_TRACKING_URI: server.base })
const onlyRepro = (experiment: string) => onlyReproOf(server.base, experiment)
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

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
    expect(await reprosOf(server.base, 'named')).toHaveLength(1)
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
