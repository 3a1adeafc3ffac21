import type { RegisteredModel } from '@waymark/contract/registered-models'
import { type Database, type Queryable, sqlStateOf } from '../db/connect.ts'
import { type VersionJson, versionJson, versionJsonWithAliases } from '../db/model-version-json.ts'
import { type Sql, sql } from '../db/sql.ts'
import { alreadyExists, invalid, notFound } from '../http/mlflow-error.ts'
import type { ModelStage } from '../http/model-stage.ts'
import type { Keyset } from '../search/keyset.ts'

const modelJson = sql`json_strip_nulls(json_build_object(
  'name', m.name, 'creation_timestamp', m.creation_timestamp, 'last_updated_timestamp', m.last_updated_timestamp,
  'description', nullif(m.description, ''),
  'latest_versions', (select json_agg(${versionJson} order by v.version) from (
     select distinct on (current_stage) * from model_versions
     where model_no = m.model_no and not deleted order by current_stage, version desc) v),
  'tags', (select json_agg(json_build_object('key', t.key, 'value', t.value) order by t.key)
           from registered_model_tags t where t.model_no = m.model_no),
  'aliases', (select json_agg(json_build_object('alias', a.alias, 'version', a.version::text) order by a.alias)
              from model_aliases a where a.model_no = m.model_no)))`

export function noModel(name: string) {
  return notFound(`Registered Model with name=${name} not found`)
}

/** @throws {MlflowError} RESOURCE_ALREADY_EXISTS */
export async function createModel(
  db: Database,
  model: { name: string; description: string | undefined; tags: ReadonlyMap<string, string>; at: number },
): Promise<void> {
  const { name, tags, at } = model
  await refusingTaken(name, () =>
    db.query(sql`
      with model as (
        insert into registered_models (name, description, creation_timestamp, last_updated_timestamp)
        values (${name}, ${model.description ?? null}, ${at}, ${at}) returning model_no
      )
      insert into registered_model_tags (model_no, key, value)
      select model_no, t.key, t.value
      from model, unnest(${[...tags.keys()]}::text[], ${[...tags.values()]}::text[]) t (key, value)`),
  )
}

/** @throws {MlflowError} 404 */
export async function getModel(db: Queryable, name: string): Promise<RegisteredModel> {
  const [row] = await db.query<{ model: RegisteredModel }>(
    sql`select ${modelJson} as model from registered_models m where m.name = ${name}`,
  )
  if (!row) throw noModel(name)
  return row.model
}

export function searchModels(
  db: Queryable,
  search: { condition: Sql; order: Keyset; token: string | undefined; limit: number },
): Promise<{ model: RegisteredModel }[]> {
  return db.query(sql`
    select ${modelJson} as model, ${search.order.columns} from registered_models m
    where ${search.condition} and ${search.order.after(search.token)}
    order by ${search.order.orderBy} limit ${search.limit}`)
}

/** Renames a model; versions, tags and aliases belong to it by number. @throws {MlflowError} 404, RESOURCE_ALREADY_EXISTS */
export async function renameModel(
  db: Database,
  { name, newName, at }: { name: string; newName: string; at: number },
): Promise<void> {
  await refusingTaken(newName, () =>
    db.transaction(async (transaction) => {
      const [row] = await transaction.query<{ model_no: number }>(sql`
        update registered_models set name = ${newName}, last_updated_timestamp = ${at} where name = ${name} returning model_no`)
      if (!row) throw noModel(name)
      await transaction.query(sql`
        update model_versions set last_updated_timestamp = ${at} where model_no = ${row.model_no} and not deleted`)
    }),
  )
}

/** @throws {MlflowError} 404 */
export async function describeModel(
  db: Queryable,
  { name, description, at }: { name: string; description: string | undefined; at: number },
): Promise<void> {
  const described = await db.query(sql`
    update registered_models set description = ${description ?? null}, last_updated_timestamp = ${at}
    where name = ${name} returning 1`)
  if (described.length === 0) throw noModel(name)
}

/** @throws {MlflowError} 404 */
export async function deleteModel(db: Queryable, name: string): Promise<void> {
  const deleted = await db.query(sql`delete from registered_models where name = ${name} returning 1`)
  if (deleted.length === 0) throw noModel(name)
}

/** @throws {MlflowError} 404 */
export async function setModelTag(
  db: Queryable,
  { name, key, value, at }: { name: string; key: string; value: string; at: number },
): Promise<void> {
  const set = await db.query(sql`
    with model as (
      update registered_models set last_updated_timestamp = ${at} where name = ${name} returning model_no
    )
    insert into registered_model_tags (model_no, key, value) select model_no, ${key}, ${value} from model
    on conflict (model_no, key) do update set value = excluded.value returning 1`)
  if (set.length === 0) throw noModel(name)
}

/** A tag that is not there is deleted already. @throws {MlflowError} 404 for the model */
export async function deleteModelTag(db: Queryable, { name, key }: { name: string; key: string }): Promise<void> {
  const [row] = await db.query<{ model_no: number }>(sql`select model_no from registered_models where name = ${name}`)
  if (!row) throw noModel(name)
  await db.query(sql`delete from registered_model_tags where model_no = ${row.model_no} and key = ${key}`)
}

/** @throws {MlflowError} 404 for a version that is not there */
export async function setAlias(
  db: Queryable,
  { name, alias, version }: { name: string; alias: string; version: number },
): Promise<void> {
  const set = await db.query(sql`
    insert into model_aliases (model_no, alias, version)
    select model_no, ${alias}, v.version from registered_models m join model_versions v using (model_no)
    where m.name = ${name} and v.version = ${version} and not v.deleted
    on conflict (model_no, alias) do update set version = excluded.version returning 1`)
  if (set.length > 0) return
  await getModel(db, name)
  throw notFound(`Model Version (name=${name}, version=${version}) not found`)
}

/** @throws {MlflowError} 404 for the model; an alias that is not there is deleted already */
export async function deleteAlias(db: Queryable, { name, alias }: { name: string; alias: string }): Promise<void> {
  await getModel(db, name)
  await db.query(sql`
    delete from model_aliases a using registered_models m
    where m.model_no = a.model_no and m.name = ${name} and a.alias = ${alias}`)
}

/** `latest` is the newest version. @throws {MlflowError} 404 for the model, 400 for an alias that is not there */
export async function versionByAlias(
  db: Queryable,
  { name, alias }: { name: string; alias: string },
): Promise<VersionJson> {
  const byAlias =
    alias.toLowerCase() === 'latest'
      ? sql`true`
      : sql`v.version = (select a.version from model_aliases a where a.model_no = m.model_no and a.alias = ${alias})`
  const [row] = await db.query<{ version: VersionJson }>(sql`
    select ${versionJsonWithAliases} as version from registered_models m join model_versions v using (model_no)
    where m.name = ${name} and not v.deleted and ${byAlias} order by v.version desc limit 1`)
  if (row) return row.version
  await getModel(db, name)
  throw invalid(`Registered model alias ${alias} not found.`)
}

/** The newest version of each of some stages. @throws {MlflowError} 404 */
export async function latestVersions(
  db: Queryable,
  { name, stages }: { name: string; stages: readonly ModelStage[] },
): Promise<VersionJson[]> {
  const rows = await db.query<{ version: VersionJson }>(sql`
    select ${versionJsonWithAliases} as version
    from registered_models m join lateral (
      select distinct on (current_stage) * from model_versions
      where model_no = m.model_no and not deleted and current_stage = any(${stages}::text[])
      order by current_stage, version desc) v on true
    where m.name = ${name} order by v.version`)
  if (rows.length === 0) await getModel(db, name)
  return rows.map((row) => row.version)
}

async function refusingTaken<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (sqlStateOf(error)?.constraint !== 'registered_models_name_taken') throw error
    throw alreadyExists(`Registered Model (name=${name}) already exists.`)
  }
}
