import { randomUUID } from 'node:crypto'
import type { LoggedModel } from '@waymark/contract/logged-models'
import { type Database, type Queryable, sqlStateOf } from '../db/connect.ts'
import { experimentNumber, whyNotActiveExperiment } from '../db/lifecycle.ts'
import { type Sql, sql } from '../db/sql.ts'
import { invalid, notFound } from '../http/mlflow-error.ts'
import type { Keyset } from '../search/keyset.ts'

export interface NewLoggedModel {
  readonly experimentId: string
  readonly name: string
  readonly modelType: string | undefined
  readonly sourceRunId: string | undefined
  readonly params: ReadonlyMap<string, string>
  readonly tags: ReadonlyMap<string, string>
  readonly at: number
}

const pairs = (table: Sql) => sql`(select json_agg(json_build_object('key', p.key, 'value', p.value) order by p.key)
  from ${table} p where p.model_id = l.model_id)`

/** A row of logged_models (alias `l`) as MLflow's LoggedModel; of each metric the latest point by data set. */
const modelJson = sql`json_strip_nulls(json_build_object(
  'info', json_build_object(
    'model_id', l.model_id, 'experiment_id', l.experiment_id::text, 'name', l.name,
    'creation_timestamp_ms', l.creation_timestamp, 'last_updated_timestamp_ms', l.last_updated_timestamp,
    'artifact_uri', l.artifact_uri, 'model_type', l.model_type, 'source_run_id', l.source_run_id,
    'status', (array['LOGGED_MODEL_STATUS_UNSPECIFIED', 'LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'])[l.status + 1],
    'status_message', l.status_message, 'tags', ${pairs(sql`logged_model_tags`)}),
  'data', json_build_object(
    'params', ${pairs(sql`logged_model_params`)},
    'metrics', (select json_agg(json_build_object('key', x.key, 'value', x.value, 'timestamp', x.timestamp, 'step', x.step,
                        'model_id', x.model_id, 'run_id', x.run_id, 'dataset_name', x.dataset_name, 'dataset_digest', x.dataset_digest)
                        order by x.key)
                from (select distinct on (key, run_id, dataset_name, dataset_digest) * from logged_model_metrics
                      where model_id = l.model_id
                      order by key, run_id, dataset_name, dataset_digest, timestamp desc, step desc) x))))`

export function noLoggedModel(id: string) {
  return notFound(`Logged model with ID '${id}' not found.`)
}

/** @returns the model's id. @throws {MlflowError} 404 for the experiment; 400 for a deleted one. */
export async function createLoggedModel(db: Queryable, model: NewLoggedModel): Promise<string> {
  const id = `m-${randomUUID().replaceAll('-', '')}`
  const [row] = await db.query(sql`
    with model as (
      insert into logged_models (model_id, experiment_id, name, model_type, source_run_id, artifact_uri,
                                 creation_timestamp, last_updated_timestamp)
      select ${id}, e.experiment_id, ${model.name}, ${model.modelType ?? null}, ${model.sourceRunId ?? null},
             rtrim(split_part(e.artifact_location, '?', 1), '/') || '/models/' || ${id} || '/artifacts'
             || coalesce(substring(e.artifact_location from '\\?.*$'), ''), ${model.at}::bigint, ${model.at}::bigint
      from experiments e
      where e.experiment_id = ${experimentNumber(model.experimentId)} and e.lifecycle_stage = 'active' for share
      returning model_id
    ), param as (
      insert into logged_model_params (model_id, key, value)
      select model_id, p.key, p.value
      from model, unnest(${[...model.params.keys()]}::text[], ${[...model.params.values()]}::text[]) p (key, value)
    ), tag as (
      insert into logged_model_tags (model_id, key, value)
      select model_id, t.key, t.value
      from model, unnest(${[...model.tags.keys()]}::text[], ${[...model.tags.values()]}::text[]) t (key, value)
    )
    select model_id from model`)
  if (!row) throw await whyNotActiveExperiment(db, model.experimentId)
  return id
}

/** @throws {MlflowError} 404, for a deleted one too */
export async function getLoggedModel(db: Queryable, id: string): Promise<LoggedModel> {
  const [row] = await db.query<{ json: LoggedModel }>(
    sql`select ${modelJson} as json from logged_models l where l.model_id = ${id} and l.lifecycle_stage = 'active'`,
  )
  if (!row) throw noLoggedModel(id)
  return row.json
}

export function searchLoggedModels(
  db: Queryable,
  search: {
    experimentIds: readonly string[]
    condition: Sql
    order: Keyset
    token: string | undefined
    limit: number
  },
): Promise<{ json: LoggedModel }[]> {
  const { order } = search
  return db.query(sql`
    select ${modelJson} as json, ${order.columns} from logged_models l
    where l.experiment_id = any(${search.experimentIds.map(experimentNumber)}::bigint[]) and l.lifecycle_stage = 'active'
      and ${search.condition} and ${order.after(search.token)}
    order by ${order.orderBy} limit ${search.limit}`)
}

/** @param status MLflow's number of it. @throws {MlflowError} 404 */
export async function setStatus(
  db: Queryable,
  id: string,
  { status, at }: { status: number; at: number },
): Promise<void> {
  await requireTouched(db, id, sql`status = ${status}, last_updated_timestamp = ${at}`)
}

/** A deleted one is deleted already. @throws {MlflowError} 404 for one that never was */
export async function deleteLoggedModel(db: Queryable, id: string, at: number): Promise<void> {
  const found = await db.query(sql`
    update logged_models set lifecycle_stage = 'deleted', last_updated_timestamp = ${at} where model_id = ${id} returning 1`)
  if (found.length === 0) throw noLoggedModel(id)
}

/** @throws {MlflowError} 404 */
export async function setTags(db: Database, id: string, tags: ReadonlyMap<string, string>, at: number): Promise<void> {
  await db.transaction(async (transaction) => {
    await requireTouched(transaction, id, sql`last_updated_timestamp = ${at}`)
    await transaction.query(sql`
      insert into logged_model_tags (model_id, key, value)
      select ${id}, * from unnest(${[...tags.keys()]}::text[], ${[...tags.values()]}::text[])
      on conflict (model_id, key) do update set value = excluded.value`)
  })
}

/** @throws {MlflowError} 404 for the model or the tag */
export async function deleteTag(db: Queryable, id: string, key: string): Promise<void> {
  const deleted = await db.query(sql`delete from logged_model_tags where model_id = ${id} and key = ${key} returning 1`)
  if (deleted.length > 0) return
  await getLoggedModel(db, id)
  throw notFound(`No tag with key '${key}' found for model with ID '${id}'.`)
}

/** @throws {MlflowError} 404; 400 for a param that has another value already */
export async function logParams(db: Database, id: string, params: ReadonlyMap<string, string>): Promise<void> {
  const given = sql`unnest(${[...params.keys()]}::text[], ${[...params.values()]}::text[]) g (key, value)`
  try {
    await db.transaction(async (transaction) => {
      await transaction.query(sql`
        insert into logged_model_params (model_id, key, value) select ${id}, g.key, g.value from ${given} on conflict do nothing`)
      const [changed] = await transaction.query<{ key: string }>(sql`
        select key from ${given} join logged_model_params p using (key) where p.model_id = ${id} and p.value <> g.value`)
      if (changed)
        throw invalid(`Changing param values is not allowed. Param '${changed.key}' of model '${id}' has another value`)
    })
  } catch (error) {
    if (sqlStateOf(error)?.code === '23503') throw noLoggedModel(id)
    throw error
  }
}

async function requireTouched(db: Queryable, id: string, change: Sql): Promise<void> {
  const touched = await db.query(
    sql`update logged_models set ${change} where model_id = ${id} and lifecycle_stage = 'active' returning 1`,
  )
  if (touched.length === 0) throw noLoggedModel(id)
}
