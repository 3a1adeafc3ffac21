import type { Queryable } from '../db/connect.ts'
import { experimentNumber } from '../db/lifecycle.ts'
import { type Sql, sql } from '../db/sql.ts'

/** Active children of each of some runs. Plan: index `tags_by_parent`. */
export function countChildren(db: Queryable, runIds: readonly string[]): Promise<{ run_id: string; count: number }[]> {
  return db.query(sql`
    select t.value as run_id, count(*) as count from tags t join runs r using (run_no)
    where t.key = 'mlflow.parentRunId' and t.value = any(${runIds}::text[]) and r.lifecycle_stage = 'active'
    group by t.value order by t.value`)
}

export interface RunKeys {
  metrics: string[]
  params: string[]
  tags: string[]
}

/** The keys that active runs of some experiments have, sorted. */
export async function listRunKeys(
  db: Queryable,
  { experimentIds, condition }: { experimentIds: readonly string[]; condition: Sql },
): Promise<RunKeys> {
  const runs = sql`select r.run_no from runs r where r.experiment_id = any(${experimentIds.map(experimentNumber)}::bigint[])
    and r.lifecycle_stage = 'active' and ${condition}`
  const keys = (table: Sql) =>
    sql`coalesce((select json_agg(distinct k.key order by k.key) from ${table} k where k.run_no in (select run_no from run)), '[]')`
  const [row] = await db.query<RunKeys>(sql`
    with run as materialized (${runs})
    select ${keys(sql`metric_series`)} as metrics, ${keys(sql`params`)} as params, ${keys(sql`tags`)} as tags`)
  return row ?? { metrics: [], params: [], tags: [] }
}

export interface ExperimentSummary {
  experiment_id: string
  runs: number
  running: number
  last_run_time?: number
}

/** Active top-level runs of each of some experiments, those that are RUNNING, and the newest start of any run. */
export async function summariseExperiments(db: Queryable, ids: readonly string[]): Promise<ExperimentSummary[]> {
  const rows = await db.query<ExperimentSummary & { last_run_time: number | null }>(sql`
    select e.experiment_id::text as experiment_id,
           count(r.run_no) filter (where c.run_no is null) as runs,
           count(r.run_no) filter (where c.run_no is null and r.status = 'RUNNING') as running,
           max(r.start_time) as last_run_time
    from experiments e
    left join runs r on r.experiment_id = e.experiment_id and r.lifecycle_stage = 'active'
    left join tags c on c.run_no = r.run_no and c.key = 'mlflow.parentRunId'
    where e.experiment_id = any(${ids.map(experimentNumber)}::bigint[])
    group by e.experiment_id order by e.experiment_id`)
  return rows.map(({ last_run_time, ...row }) => ({ ...row, ...(last_run_time === null ? {} : { last_run_time }) }))
}
