import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call } from '@waymark/client/call'
import type { Connection } from '@waymark/client/connection'
import { championAlias, publishModel } from '@waymark/client/publish-model'
import { type FlakyServer, startFlakyServer } from '@waymark/client/test/flaky-server'
import { setModelVersionTag, versionTags } from '@waymark/contract/model-versions'
import { setAlias } from '@waymark/contract/registered-models'
import type { TestServer } from '@waymark/tracking-server/test/test-server'
import { saveSmallModel } from './saved-model.ts'

/** A registered model of the test's own on the real tracking server. */
export interface TestRegistry extends AsyncDisposable {
  /** Of the registered model. */
  readonly name: string
  /** The door that the app goes through: `behave` decides whether the server behind it is away. */
  readonly door: FlakyServer
  /** Straight to the server, also while the door is shut. */
  readonly server: Connection
  /** Publishes {@link saveSmallModel} of this edge as a repro does; each is better than the one before. @returns its version */
  publish(edge: number): Promise<string>
  /** Promotes a version whose content is registered with a hash that its files do not have. @returns its version */
  publishAltered(edge: number): Promise<string>
  /** Promotes a model of another program: a file that Waymark does not know. @returns its version */
  publishForeign(): Promise<string>
}

let registries = 0

export async function openRegistry(server: TestServer): Promise<TestRegistry> {
  const name = `small ${++registries}`
  const connection: Connection = { base: server.base, headers: {} }
  const door = await startFlakyServer(server.base)
  let best = 0

  async function publish(save: (folder: string) => Promise<void>, score: number): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'waymark-model-'))
    try {
      await save(folder)
      const { info } = await server.run()
      const { version } = await publishModel({
        server: connection,
        run: { id: info.run_id, artifactUri: info.artifact_uri },
        ...{ name, folder, score, metric: 'accuracy', direction: 'maximize', test: 'rows', ruleName: 'small' },
        scoreOnTest: () => Promise.reject(new Error('the scores on these rows are known')),
      })
      return version
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  return {
    name,
    door,
    server: connection,
    publish: (edge) => publish((folder) => saveSmallModel(folder, edge), ++best),
    publishForeign: () => publish((folder) => writeFile(join(folder, 'python_model.pkl'), 'a pickle'), ++best),
    async publishAltered(edge) {
      const version = await publish((folder) => saveSmallModel(folder, edge), 0)
      const wrong = { key: versionTags.content, value: 'f'.repeat(64) }
      await call(server.base, setModelVersionTag, { name, version, ...wrong })
      await call(server.base, setAlias, { name, version, alias: championAlias })
      return version
    },
    [Symbol.asyncDispose]: () => door[Symbol.asyncDispose](),
  }
}
