import type { ViewType } from '@waymark/contract/experiments'
import { type Database, type Queryable, sqlStateOf } from '../db/connect.ts'
import { experimentNumber, inView, noExperiment, whyNotActiveExperiment } from '../db/lifecycle.ts'
import { type Sql, sql } from '../db/sql.ts'
import { alreadyExists, invalid, notFound } from '../http/mlflow-error.ts'
import type { Keyset } from '../search/keyset.ts'

export interface ExperimentRow {
  readonly experiment_id: string
  readonly name: string
  readonly artifact_location: string
  readonly lifecycle_stage: 'active' | 'deleted'
  readonly creation_time: number
  readonly last_update_time: number
  readonly tags: { key: string; value: string }[]
}

export interface NewExperiment {
  readonly name: string
  /** Where its artifacts are, or the root below which it gets a folder named by its id. */
  readonly artifacts: { readonly location: string } | { readonly root: string }
  readonly tags: ReadonlyMap<string, string>
  readonly at: number
}

const columns = sql`
  e.experiment_id::text as experiment_id, e.name, e.artifact_location, e.lifecycle_stage, e.creation_time, e.last_update_time,
  coalesce((select json_agg(json_build_object('key', t.key, 'value', t.value) order by t.key)
            from experiment_tags t where t.experiment_id = e.experiment_id), '[]') as tags`

/** Makes sure that experiment 0, "Default", is there, as in every MLflow server. */
export async function ensureDefaultExperiment(
  db: Queryable,
  { root, at }: { root: string; at: number },
): Promise<void> {
  await db.query(sql`
    insert into experiments (experiment_id, name, artifact_location, creation_time, last_update_time)
    values (0, 'Default', ${belowRoot(root, '0')}, ${at}, ${at}) on conflict do nothing`)
}

/** @returns the id. @throws {MlflowError} RESOURCE_ALREADY_EXISTS, also for the name of a deleted experiment. */
export async function createExperiment(db: Database, { name, artifacts, tags, at }: NewExperiment): Promise<string> {
  try {
    return await db.transaction(async (transaction) => {
      const [next] = await transaction.query<{ id: string }>(
        sql`select nextval(pg_get_serial_sequence('experiments', 'experiment_id'))::text as id`,
      )
      const id = next?.id ?? ''
      const location = 'location' in artifacts ? artifacts.location : belowRoot(artifacts.root, id)
      await transaction.query(sql`
        insert into experiments (experiment_id, name, artifact_location, creation_time, last_update_time)
        values (${id}, ${name}, ${location}, ${at}, ${at})`)
      if (tags.size > 0) {
        await transaction.query(sql`
          insert into experiment_tags (experiment_id, key, value)
          select ${id}::bigint, * from unnest(${[...tags.keys()]}::text[], ${[...tags.values()]}::text[])`)
      }
      return id
    })
  } catch (error) {
    if (sqlStateOf(error)?.constraint !== 'experiments_name_taken') throw error
    throw alreadyExists(
      `Experiment(name=${name}) already exists. It may be a deleted one: restore it, or choose another name`,
    )
  }
}

/** @throws {MlflowError} 404 */
export async function getExperiment(db: Queryable, id: string): Promise<ExperimentRow> {
  const [row] = await db.query<ExperimentRow>(
    sql`select ${columns} from experiments e where e.experiment_id = ${experimentNumber(id)}`,
  )
  if (!row) throw noExperiment(id)
  return row
}

/** @throws {MlflowError} 404 */
export async function getExperimentByName(db: Queryable, name: string): Promise<ExperimentRow> {
  const [row] = await db.query<ExperimentRow>(sql`select ${columns} from experiments e where e.name = ${name}`)
  if (!row) throw notFound(`Could not find experiment with name '${name}'`)
  return row
}

/** @returns up to `limit` experiments. */
export function searchExperiments(
  db: Queryable,
  search: { view: ViewType | undefined; condition: Sql; order: Keyset; token: string | undefined; limit: number },
): Promise<ExperimentRow[]> {
  return db.query<ExperimentRow>(sql`
    select ${columns}, ${search.order.columns} from experiments e
    where ${inView(sql`e.lifecycle_stage`, search.view)} and ${search.condition} and ${search.order.after(search.token)}
    order by ${search.order.orderBy} limit ${search.limit}`)
}

/** Moves an experiment and all its runs to the other stage. @throws {MlflowError} 404 where none is in `from`. */
export async function moveExperiment(
  db: Database,
  { id, from, to, at }: { id: string; from: string; to: string; at: number },
): Promise<void> {
  await db.transaction(async (transaction) => {
    const moved = await transaction.query(sql`
      update experiments set lifecycle_stage = ${to}, last_update_time = ${at}
      where experiment_id = ${experimentNumber(id)} and lifecycle_stage = ${from} returning 1`)
    if (moved.length === 0) throw noExperiment(id)
    await transaction.query(sql`
      update runs set lifecycle_stage = ${to}, deleted_time = ${to === 'deleted' ? at : null}, version = version + 1
      where experiment_id = ${experimentNumber(id)} and lifecycle_stage <> ${to}`)
  })
}

/** @throws {MlflowError} 404; 400 for a deleted experiment or a name that is taken. */
export async function renameExperiment(
  db: Queryable,
  { id, name, at }: { id: string; name: string; at: number },
): Promise<void> {
  try {
    const renamed = await db.query(sql`
      update experiments set name = ${name}, last_update_time = ${at}
      where experiment_id = ${experimentNumber(id)} and lifecycle_stage = 'active' returning 1`)
    if (renamed.length > 0) return
  } catch (error) {
    if (sqlStateOf(error)?.constraint !== 'experiments_name_taken') throw error
    throw alreadyExists(`Experiment(name=${name}) already exists. Choose another name`)
  }
  await getExperiment(db, id)
  throw invalid('Cannot rename a non-active experiment.')
}

/** @throws {MlflowError} 404; 400 for a deleted experiment. */
export async function setExperimentTag(
  db: Queryable,
  { id, key, value }: { id: string; key: string; value: string },
): Promise<void> {
  const set = await db.query(sql`
    insert into experiment_tags (experiment_id, key, value)
    select experiment_id, ${key}, ${value} from experiments
    where experiment_id = ${experimentNumber(id)} and lifecycle_stage = 'active' for share
    on conflict (experiment_id, key) do update set value = excluded.value returning 1`)
  if (set.length === 0) throw await whyNotActiveExperiment(db, id)
}

/** @throws {MlflowError} 404 for the experiment or the tag; 400 for a deleted experiment. */
export async function deleteExperimentTag(db: Queryable, { id, key }: { id: string; key: string }): Promise<void> {
  const deleted = await db.query(sql`
    delete from experiment_tags t using experiments e
    where t.experiment_id = ${experimentNumber(id)} and t.key = ${key}
      and e.experiment_id = t.experiment_id and e.lifecycle_stage = 'active' returning 1`)
  if (deleted.length > 0) return
  const { lifecycle_stage } = await getExperiment(db, id)
  if (lifecycle_stage === 'deleted') throw await whyNotActiveExperiment(db, id)
  throw notFound(`No tag with name: ${key} in experiment with id ${id}`)
}

export interface DatasetSummary {
  readonly experiment_id: string
  readonly name: string
  readonly digest: string
  readonly context?: string
}

/** Each data set once for each context in which active runs read it; the first 1,000 by name, as MLflow cuts them. */
export async function searchDatasets(db: Queryable, ids: readonly string[]): Promise<DatasetSummary[]> {
  const rows = await db.query<{ summary: DatasetSummary }>(sql`
    select distinct d.name, d.digest, json_strip_nulls(json_build_object('experiment_id', d.experiment_id::text,
             'name', d.name, 'digest', d.digest, 'context', i.context))::jsonb as summary
    from datasets d join dataset_inputs i using (dataset_no) join runs r using (run_no)
    where d.experiment_id = any(${ids.map(experimentNumber)}::bigint[]) and r.lifecycle_stage = 'active'
    order by d.name, d.digest limit 1000`)
  return rows.map((row) => row.summary)
}

/** `mlflow-artifacts:/7`, `s3://bucket/folder/7?region=x` */
function belowRoot(root: string, id: string): string {
  const [path = '', ...query] = root.split('?')
  return [`${path.replace(/\/+$/, '')}/${id}`, ...query].join('?')
}
