import { randomUUID } from 'node:crypto'
import type { Database, Queryable } from '../db/connect.ts'
import { experimentNumber, noRun, whyNotActiveExperiment, whyNotActiveRun } from '../db/lifecycle.ts'
import { sql } from '../db/sql.ts'
import { nameTag } from './log.ts'
import type { runInfo } from './render.ts'

export interface NewRun {
  readonly experimentId: string
  readonly name: string
  readonly userId: string
  readonly startTime: number
  readonly tags: ReadonlyMap<string, string>
}

type InfoRow = Parameters<typeof runInfo>[0]

const infoColumns = sql`
  run_id, experiment_id::text as experiment_id, run_name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri`

/**
 * Makes a run and its tags in one statement; its artifacts are below its experiment's location.
 * @returns its number. @throws {MlflowError} 404; 400 in a deleted experiment.
 */
export async function createRun(db: Queryable, run: NewRun): Promise<number> {
  const id = randomUUID().replaceAll('-', '')
  const [row] = await db.query<{ run_no: number }>(
    sql`
      with run as (
        insert into runs (run_id, experiment_id, run_name, user_id, status, start_time, artifact_uri)
        select ${id}, e.experiment_id, ${run.name}, ${run.userId}, 'RUNNING', ${run.startTime}::bigint,
               rtrim(split_part(e.artifact_location, '?', 1), '/') || '/' || ${id} || '/artifacts'
               || coalesce(substring(e.artifact_location from '\\?.*$'), '')
        from experiments e
        where e.experiment_id = ${experimentNumber(run.experimentId)} and e.lifecycle_stage = 'active' for share
        returning run_no
      ), tagged as (
        insert into tags (run_no, key, value)
        select run_no, t.key, t.value from run, unnest(${[...run.tags.keys()]}::text[], ${[...run.tags.values()]}::text[]) t (key, value)
      )
      select run_no from run`,
    { prepareAs: 'create-run' },
  )
  if (!row) throw await whyNotActiveExperiment(db, run.experimentId)
  return row.run_no
}

/** @throws {MlflowError} 404 */
export async function runNumber(db: Queryable, runId: string): Promise<number> {
  const [row] = await db.query<{ run_no: number }>(sql`select run_no from runs where run_id = ${runId}`, {
    prepareAs: 'run-number',
  })
  if (!row) throw noRun(runId)
  return row.run_no
}

/** Sets what is given. @throws {MlflowError} 404; 400 for a deleted run. */
export async function updateRun(
  db: Database,
  runId: string,
  change: { status?: string | undefined; endTime?: number | undefined; name?: string | undefined },
): Promise<InfoRow> {
  return db.transaction(async (transaction) => {
    const [row] = await transaction.query<InfoRow & { run_no: number }>(sql`
      update runs set version = version + 1, status = coalesce(${change.status ?? null}, status),
        end_time = coalesce(${change.endTime ?? null}, end_time), run_name = coalesce(${change.name ?? null}, run_name)
      where run_id = ${runId} and lifecycle_stage = 'active' returning run_no, ${infoColumns}`)
    if (!row) throw await whyNotActiveRun(transaction, runId)
    if (change.name !== undefined) {
      await transaction.query(sql`
        insert into tags (run_no, key, value) values (${row.run_no}, ${nameTag}, ${change.name})
        on conflict (run_no, key) do update set value = excluded.value`)
    }
    return row
  })
}

/** Moves a run to a stage; one that is there already stays as it is. @throws {MlflowError} 404 */
export async function moveRun(
  db: Queryable,
  { runId, to, at }: { runId: string; to: 'active' | 'deleted'; at: number },
): Promise<void> {
  const moved = await db.query(sql`
    update runs set lifecycle_stage = ${to}, deleted_time = ${to === 'deleted' ? at : null}, version = version + 1
    where run_id = ${runId} and lifecycle_stage <> ${to} returning 1`)
  if (moved.length === 0) await runNumber(db, runId)
}
