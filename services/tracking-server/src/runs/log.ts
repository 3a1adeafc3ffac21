import type { Tag } from '@waymark/contract/experiments'
import type { Metric, Param } from '@waymark/contract/runs'
import type { Database, Queryable } from '../db/connect.ts'
import { whyNotActiveRun } from '../db/lifecycle.ts'
import { sql } from '../db/sql.ts'
import { invalid, notFound } from '../http/mlflow-error.ts'

export interface Batch {
  readonly metrics: readonly Metric[]
  readonly params: readonly Param[]
  readonly tags: readonly Tag[]
}

/** Holds the run's name once more, for clients of MLflow 1. */
export const nameTag = 'mlflow.runName'

/**
 * Logs a batch to an active run: all of it or, where anything is refused, none. Logging the same again changes
 * nothing, so a client may repeat a request it got no answer to.
 * @throws {MlflowError} 404; 400 for a deleted run, and for a param that has another value already.
 */
export async function logBatch(db: Database, runId: string, batch: Batch): Promise<void> {
  const withModel = batch.metrics.some((metric) => metric.model_id !== undefined)
  const onlyMetrics = batch.metrics.length > 0 && batch.params.length === 0 && batch.tags.length === 0
  if (onlyMetrics && !withModel) return logMetrics(db, runId, batch.metrics)
  await db.transaction(async (transaction) => {
    const runNo = await touchRun(transaction, runId)
    if (batch.params.length > 0) await writeParams(transaction, { runId, runNo, params: batch.params })
    if (batch.tags.length > 0) await writeTags(transaction, runNo, batch.tags)
    if (batch.metrics.length > 0) await logMetrics(transaction, runId, batch.metrics)
    if (withModel) await logModelMetrics(transaction, runId, batch.metrics)
  })
}

/** @throws {MlflowError} 404 for the run or the tag; 400 for a deleted run. */
export async function deleteTag(db: Database, runId: string, key: string): Promise<void> {
  await db.transaction(async (transaction) => {
    const runNo = await touchRun(transaction, runId)
    const deleted = await transaction.query(sql`delete from tags where run_no = ${runNo} and key = ${key} returning 1`)
    if (deleted.length === 0) throw notFound(`No tag with name: ${key} in run with id ${runId}`)
  })
}

/**
 * Adds an entry, as JSON text, to the JSON list that a tag holds.
 * @throws {MlflowError} 404; 400 for a deleted run, and for a tag that holds something else.
 */
export async function appendToTag(
  db: Database,
  runId: string,
  { key, entry }: { key: string; entry: string },
): Promise<void> {
  await db.transaction(async (transaction) => {
    const runNo = await touchRun(transaction, runId)
    const [row] = await transaction.query<{ value: string }>(
      sql`select value from tags where run_no = ${runNo} and key = ${key}`,
    )
    const known = (row?.value ?? '[]').trim()
    if (!isJsonList(known))
      throw invalid(`Cannot add to tag '${key}' of run ${runId}: it holds other than a JSON list. Delete the tag first`)
    const entries = [known.slice(1, -1).trim(), entry].filter(Boolean)
    const value = `[${entries.join(', ')}]`
    await writeTags(transaction, runNo, [{ key, value }])
  })
}

function isJsonList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text))
  } catch {
    return false
  }
}

/**
 * Takes the run's row for a write: writers of one run take turns, which also keeps them out of deadlocks.
 * @returns its number. @throws {MlflowError} 404; 400 for a deleted run.
 */
export async function touchRun(transaction: Queryable, runId: string): Promise<number> {
  const [row] = await transaction.query<{ run_no: number }>(
    sql`update runs set version = version + 1 where run_id = ${runId} and lifecycle_stage = 'active' returning run_no`,
    { prepareAs: 'touch-run' },
  )
  if (!row) throw await whyNotActiveRun(transaction, runId)
  return row.run_no
}

/**
 * Points and the latest of each key, in one statement. The history is a set: a point that is there already
 * stays. The latest is the greatest by (step, timestamp, value), NaN counted as 0, as in MLflow.
 */
async function logMetrics(db: Queryable, runId: string, metrics: readonly Metric[]): Promise<void> {
  const latest = latestByKey(metrics)
  const keys = [...latest.keys()].sort()
  const at = new Map(keys.map((key, index) => [key, index + 1]))
  const heads = keys.map((key) => latest.get(key)).filter((head) => head !== undefined)
  const [row] = await db.query<{ run_no: number }>(
    sql`
      with run as (
        update runs set version = version + 1 where run_id = ${runId} and lifecycle_stage = 'active' returning run_no
      ), series as (
        insert into metric_series as s (run_no, key, value, timestamp, step)
        select run_no, h.key, h.value, h.timestamp, h.step
        from run, unnest(${keys}::text[], ${heads.map((head) => head.value)}::float8[],
                         ${heads.map((head) => head.timestamp)}::bigint[], ${heads.map((head) => head.step)}::bigint[])
                    h (key, value, timestamp, step)
        on conflict (run_no, key) do update set (value, timestamp, step) = (
          select h.value, h.timestamp, h.step
          from (values (excluded.value, excluded.timestamp, excluded.step), (s.value, s.timestamp, s.step)) h (value, timestamp, step)
          order by h.step desc, h.timestamp desc, coalesce(nullif(h.value, 'NaN'), 0) desc limit 1)
        returning series_no, key
      ), point as (
        insert into metric_points (series_no, timestamp, step, value)
        select s.series_no, p.timestamp, p.step, p.value
        from unnest(${metrics.map((metric) => at.get(metric.key))}::int[], ${metrics.map((metric) => metric.timestamp)}::bigint[],
                    ${metrics.map((metric) => metric.step)}::bigint[], ${metrics.map((metric) => metric.value)}::float8[])
               p (key_no, timestamp, step, value)
        join unnest(${keys}::text[]) with ordinality k (key, key_no) using (key_no)
        join series s using (key)
        on conflict do nothing
      )
      select run_no from run`,
    { prepareAs: 'log-metrics' },
  )
  if (!row) throw await whyNotActiveRun(db, runId)
}

function latestByKey(metrics: readonly Metric[]): Map<string, Metric> {
  const latest = new Map<string, Metric>()
  for (const metric of metrics) {
    const known = latest.get(metric.key)
    if (!known || isLater(metric, known)) latest.set(metric.key, metric)
  }
  return latest
}

function isLater(a: Metric, b: Metric): boolean {
  if (a.step !== b.step) return a.step > b.step
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp
  return (Number.isNaN(a.value) ? 0 : a.value) > (Number.isNaN(b.value) ? 0 : b.value)
}

/** The points that name a logged model are also the model's. @throws {MlflowError} 400 for a model that is not there. */
async function logModelMetrics(db: Queryable, runId: string, metrics: readonly Metric[]): Promise<void> {
  const points = metrics.filter((metric) => metric.model_id !== undefined)
  const ids = [...new Set(points.map((point) => point.model_id))]
  const known = await db.query<{ model_id: string }>(
    sql`select model_id from logged_models where model_id = any(${ids}::text[])`,
  )
  const unknown = ids.find((id) => !known.some((row) => row.model_id === id))
  if (unknown !== undefined)
    throw invalid(`Cannot log metrics of model '${unknown}': there is no logged model of that id`)
  await db.query(sql`
    insert into logged_model_metrics (model_id, key, timestamp, step, run_id, value, dataset_name, dataset_digest)
    select p.model_id, p.key, p.timestamp, p.step, ${runId}, p.value, p.dataset_name, p.dataset_digest
    from unnest(${points.map((p) => p.model_id)}::text[], ${points.map((p) => p.key)}::text[],
                ${points.map((p) => p.timestamp)}::bigint[], ${points.map((p) => p.step)}::bigint[],
                ${points.map((p) => p.value)}::float8[], ${points.map((p) => p.dataset_name ?? null)}::text[],
                ${points.map((p) => p.dataset_digest ?? null)}::text[])
         p (model_id, key, timestamp, step, value, dataset_name, dataset_digest)
    on conflict do nothing`)
}

async function writeParams(
  db: Queryable,
  { runId, runNo, params }: { runId: string; runNo: number; params: readonly Param[] },
): Promise<void> {
  const given = sql`unnest(${params.map((param) => param.key)}::text[], ${params.map((param) => param.value)}::text[]) g (key, value)`
  await db.query(
    sql`insert into params (run_no, key, value) select ${runNo}::bigint, g.key, g.value from ${given} on conflict do nothing`,
    { prepareAs: 'log-params' },
  )
  const changed = await db.query<{ key: string; old_value: string; new_value: string }>(
    sql`
      select p.key, p.value as old_value, g.value as new_value from ${given} join params p using (key)
      where p.run_no = ${runNo} and p.value <> g.value order by p.key`,
    { prepareAs: 'changed-params' },
  )
  const [only] = changed
  if (!only) return
  if (params.length === 1) {
    throw invalid(
      `Changing param values is not allowed. Param with key='${only.key}' was already logged with value='${only.old_value}' ` +
        `for run ID='${runId}'. Attempted logging new value '${only.new_value}'.`,
    )
  }
  const told = changed
    .slice(0, 20)
    .map((row) => `{'key': '${row.key}', 'old_value': '${row.old_value}', 'new_value': '${row.new_value}'}`)
  throw invalid(
    `Changing param values is not allowed. Params were already logged='[${told.join(', ')}]' for run ID='${runId}'.`,
  )
}

async function writeTags(db: Queryable, runNo: number, tags: readonly Tag[]): Promise<void> {
  // an empty name is none: the run keeps the one it has, in both places
  const given = tags.filter(({ key, value }) => key !== nameTag || value !== '')
  const values = new Map(given.map(({ key, value }) => [key, value]))
  await db.query(
    sql`
      insert into tags (run_no, key, value)
      select ${runNo}::bigint, * from unnest(${[...values.keys()]}::text[], ${[...values.values()]}::text[])
      on conflict (run_no, key) do update set value = excluded.value`,
    { prepareAs: 'set-tags' },
  )
  const name = values.get(nameTag)
  if (name) await db.query(sql`update runs set run_name = ${name} where run_no = ${runNo}`)
}
