import { call } from '@waymark/client/call'
import { versionOfAlias } from '@waymark/client/registry'
import { deleteRegisteredModel } from '@waymark/contract/registered-models'
import { startTestServer, type TestServer } from '@waymark/tracking-server/test/test-server'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { onlyReproOf, valuesOf } from '../test/recorded-runs.ts'
import { configOf, toyProject } from '../test/toy-pipeline.ts'

let server: TestServer
const connection = () => ({ base: server.base, headers: {} })
const env = () => ({ MLFLOW_TRACKING_URI: server.base })
const onlyRepro = (experiment: string) => onlyReproOf(server.base, experiment)
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server[Symbol.asyncDispose]())

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

  test('that is wanted under another name, or is gone, is published again without running anything', async () => {
    using project = toyProject({ tracking: 'experiment_name: renamed' })
    const repro = async (model: string) => {
      project.write('config.yaml', configOf({ tracking: 'experiment_name: renamed' }).replace(name, model))
      return (await project.waymark(['repro'], env())).stdout
    }
    await repro('one name')
    const renamed = await repro('another name')
    expect(renamed).toContain('another name version 1 is now champion: there was no champion')
    expect(renamed).not.toMatch(/ran,|restored/)
    expect(await repro('another name')).toContain('Nothing to do')
    await call(server.base, deleteRegisteredModel, { name: 'another name' })
    expect(await repro('another name')).toContain('another name version 1 is now champion')
  })

  test('whose metric no stage left is an error that names the nearest one, with the link of the run', async () => {
    using project = toyProject({ tracking: 'experiment_name: no metric' })
    project.write('config.yaml', project.read('config.yaml').replace('metric: accuracy', 'metric: accurcy'))
    const { code, stdout, stderr } = await project.waymark(['repro'], env())
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/"accurcy".*did you mean accuracy\? Set /),
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
