import { join } from 'node:path'
import type { Publication } from '@waymark/client/publish-model'
import { patienceOf, retrying } from '@waymark/client/retry'
import type { StageResult } from '@waymark/pipeline/events'
import { writeBuildDetails } from './meta-json.ts'
import { describePackedModel, publish } from './publish.ts'
import type { RecorderOptions, Recording } from './recording.ts'
import { registeredBy } from './stage-meta.ts'

/**
 * Publishes the model that one of the stages packed, and leaves the details of its build.
 * @param options `metrics`: of the run; `state`: hash of the pipeline's state
 * @returns undefined where no stage packs a model
 */
export async function publishBuild(
  { run, plan, git, params }: Recording,
  stages: readonly StageResult[],
  options: Pick<RecorderOptions, 'server' | 'env' | 'signal' | 'now'> & {
    readonly state: string
    readonly metrics: Readonly<Record<string, number>>
  },
): Promise<Publication | undefined> {
  const packed = registeredBy(stages)
  if (!packed) return undefined
  const { state, metrics, env, signal, now } = options
  const model = await describePackedModel(plan, packed)
  const patience = { patienceMs: patienceOf(env), hurry: signal }
  const to = { server: options.server.server, run, metrics }
  const publication = await retrying(() => publish(model, to), patience) // publishing twice changes nothing
  await writeBuildDetails(join(model.folder, packed.register.meta), {
    name: model.name,
    registered_model: model.serving.registered_model,
    version: publication.version,
    run_id: run.id,
    metrics,
    params,
    git,
    lock: state,
    time: new Date(now()),
  })
  return publication
}
