import type { Connection } from '@waymark/client/connection'
import { eachRun, quoted, tagNamed } from '@waymark/client/search-runs'
import type { Experiment } from '@waymark/contract/experiments'
import { reproTags } from '@waymark/contract/repro-report'
import type { Run } from '@waymark/contract/runs'

/** @returns the newest finished run of the experiment that holds a state of the pipeline, if there is one. */
export async function runOfState(server: Connection, experiment: Experiment, state: string): Promise<Run | undefined> {
  const search = {
    experiment_ids: [experiment.experiment_id],
    filter: `${tagNamed(reproTags.lock)} = ${quoted(state)} AND attributes.status = 'FINISHED'`,
    order_by: ['attributes.start_time DESC'],
    max_results: 1,
  }
  for await (const run of eachRun(server, search)) return run
  return undefined
}
