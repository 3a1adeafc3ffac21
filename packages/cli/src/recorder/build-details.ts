import { join } from 'node:path'
import type { ReproResult } from '@waymark/pipeline/events'
import { gitState } from './git-state.ts'
import { historyKeysOf } from './history-keys.ts'
import { writeBuildDetails } from './meta-json.ts'
import { lockFilesOf, type Plan } from './planned-stages.ts'
import { describePackedModel } from './publish.ts'
import { runMetrics } from './run-metrics.ts'
import { runParams } from './run-params.ts'
import { registeredBy } from './stage-meta.ts'

/** Writes the details of the model's build after a repro that was not tracked: without a run and a version. */
export async function leaveBuildDetails(plan: Plan, { stages, state }: ReproResult): Promise<void> {
  const packed = registeredBy(stages)
  if (!packed || state === undefined || stages.every((stage) => stage.state === 'unchanged')) return
  const model = await describePackedModel(plan, packed)
  await writeBuildDetails(join(model.folder, packed.register.meta), {
    name: model.name,
    registered_model: model.serving.registered_model,
    version: null,
    run_id: null,
    metrics: await runMetrics(plan, stages, await historyKeysOf(plan, stages)),
    params: runParams(stages).params,
    git: await gitState(plan.root, lockFilesOf(plan)),
    lock: state,
    time: new Date(),
  })
}
