import { once } from 'node:events'
import { createServer } from 'node:http'
import { call } from '@waymark/client/call'
import { createExperiment } from '@waymark/contract/experiments'
import { createRun, deleteRun, logBatch, type Run } from '@waymark/contract/runs'
import { memoryStore } from '@waymark/storage/kinds/memory'
import type { ObjectStore } from '@waymark/storage/object-store'
import { pino } from 'pino'
import { createApp } from '../src/app.ts'
import { artifactPlaces } from '../src/artifact-places.ts'
import type { Context } from '../src/context.ts'
import { connectDatabase, type Database } from '../src/db/connect.ts'
import { ensureDefaultExperiment } from '../src/experiments/store.ts'
import { createTestDatabase } from './test-database.ts'

export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly base: string
  readonly db: Database
  /** What its slices work with. */
  readonly context: Context
  /** Behind the artifact proxy. */
  readonly artifacts: ObjectStore
  /** Makes an experiment with a name of its own. @returns its id */
  experiment(name?: string): Promise<string>
  /** Makes a run, in experiment 0 unless told otherwise, with what is to be logged to it. */
  run(words?: RunWords): Promise<Run>
}

export interface RunWords {
  readonly experimentId?: string
  readonly name?: string
  readonly startTime?: number
  readonly lifecycle?: 'active' | 'deleted'
  readonly metrics?: Readonly<Record<string, number>>
  readonly params?: Readonly<Record<string, string>>
  readonly tags?: Readonly<Record<string, string>>
}

export interface TestServerOptions {
  readonly clock?: () => number
  readonly artifacts?: ObjectStore
  readonly webDir?: string
  readonly staticPrefix?: string
  readonly serveArtifacts?: boolean
}

/** The tracking server on a database of its own and a free port, for one test or one test file. */
export async function startTestServer({
  clock = Date.now,
  artifacts = memoryStore(),
  ...rest
}: TestServerOptions = {}): Promise<TestServer> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await createTestDatabase())
  const db = stack.use(connectDatabase({ uri: database.uri }))
  const defaultArtifactRoot = 'mlflow-artifacts:/'
  await ensureDefaultExperiment(db, { root: defaultArtifactRoot, at: clock() })
  const context = { db, clock, artifacts: artifactPlaces(artifacts), log: pino({ level: 'warn' }), defaultArtifactRoot }
  const server = createServer(createApp({ ...context, ...rest }))
  stack.defer(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address')
  const base = `http://127.0.0.1:${address.port}`
  const owned = stack.move()
  let experiments = 0
  return {
    base,
    db,
    context,
    artifacts,
    async experiment(name = `experiment ${++experiments}`) {
      return (await call(base, createExperiment, { name })).experiment_id
    },
    run: (words = {}) => makeRun(base, words),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function makeRun(base: string, words: RunWords): Promise<Run> {
  const { run } = await call(base, createRun, {
    experiment_id: words.experimentId ?? '0',
    run_name: words.name,
    start_time: words.startTime ?? 1,
    tags: Object.entries(words.tags ?? {}).map(([key, value]) => ({ key, value })),
  })
  const run_id = run.info.run_id
  const metrics = Object.entries(words.metrics ?? {}).map(([key, value]) => ({ key, value, timestamp: 1 }))
  const params = Object.entries(words.params ?? {}).map(([key, value]) => ({ key, value }))
  if (metrics.length + params.length > 0) await call(base, logBatch, { run_id, metrics, params })
  if (words.lifecycle === 'deleted') await call(base, deleteRun, { run_id })
  return run
}
