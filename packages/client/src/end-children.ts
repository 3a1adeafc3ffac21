import { reproTags } from '@waymark/contract/repro-report'
import { type RunStatus, updateRun } from '@waymark/contract/runs'
import { call } from './call.ts'
import type { Connection } from './connection.ts'
import { eachRun, quoted, tagNamed } from './search-runs.ts'

/** Ends the child runs of a run that whoever made them was stopped from ending. */
export async function endChildren(
  connection: Connection,
  parent: { readonly experimentId: string; readonly runId: string },
  end: { readonly status: RunStatus; readonly at: number },
): Promise<void> {
  const server = { signal: AbortSignal.timeout(60_000), ...connection }
  const filter = `${tagNamed(reproTags.parent)} = ${quoted(parent.runId)} AND attributes.status = 'RUNNING'`
  for await (const { info } of eachRun(server, { experiment_ids: [parent.experimentId], filter })) {
    await call(server.base, updateRun, { run_id: info.run_id, status: end.status, end_time: end.at }, server)
  }
}
