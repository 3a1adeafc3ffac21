import type { Database, Queryable } from '../db/connect.ts'
import { type VersionJson, versionJson, versionJsonWithAliases } from '../db/model-version-json.ts'
import { type Sql, sql } from '../db/sql.ts'
import { notFound } from '../http/mlflow-error.ts'
import type { ModelStage } from '../http/model-stage.ts'
import type { Keyset } from '../search/keyset.ts'
import type { ResolvedSource } from './source.ts'

export interface VersionId {
  readonly name: string
  readonly version: number
}

export interface NewVersion extends ResolvedSource {
  readonly name: string
  readonly runLink: string | undefined
  readonly description: string | undefined
  readonly tags: ReadonlyMap<string, string>
  readonly at: number
}

function noVersion({ name, version }: VersionId) {
  return notFound(`Model Version (name=${name}, version=${version}) not found`)
}

/**
 * Gives the version the number behind the highest that the model ever had: writers of one model take turns.
 * @throws {MlflowError} 404 for the model
 */
export async function createVersion(db: Database, version: NewVersion): Promise<VersionId> {
  return db.transaction(async (transaction) => {
    const [model] = await transaction.query<{ model_no: number }>(sql`
      update registered_models set last_updated_timestamp = ${version.at} where name = ${version.name} returning model_no`)
    if (!model) throw notFound(`Registered Model with name=${version.name} not found`)
    const [row] = await transaction.query<{ version: number }>(sql`
      insert into model_versions (model_no, version, creation_timestamp, last_updated_timestamp, description, source,
                                  storage_location, run_id, run_link)
      select ${model.model_no}, coalesce(max(version), 0) + 1, ${version.at}::bigint, ${version.at}::bigint,
             ${version.description ?? null}::text, ${version.source}::text, ${version.location ?? null}::text,
             ${version.runId ?? null}::text, ${version.runLink ?? null}::text
      from model_versions where model_no = ${model.model_no} returning version`)
    const number = row?.version ?? 0
    await setTags(transaction, { modelNo: model.model_no, version: number, tags: version.tags })
    if (version.modelId) await noteOnModel(transaction, { ...version, modelId: version.modelId, number })
    return { name: version.name, version: number }
  })
}

/** @throws {MlflowError} 404 */
export async function getVersion(db: Queryable, id: VersionId): Promise<VersionJson> {
  const [row] = await db.query<{ json: VersionJson }>(
    sql`select ${versionJsonWithAliases} as json from registered_models m join model_versions v using (model_no) where ${is(id)}`,
  )
  if (!row) throw noVersion(id)
  return row.json
}

/** @throws {MlflowError} 404 */
export async function downloadUri(db: Queryable, id: VersionId): Promise<string> {
  const [row] = await db.query<{ uri: string }>(sql`
    select coalesce(v.storage_location, v.source) as uri
    from registered_models m join model_versions v using (model_no) where ${is(id)}`)
  if (!row) throw noVersion(id)
  return row.uri
}

export function searchVersions(
  db: Queryable,
  search: { condition: Sql; order: Keyset; token: string | undefined; limit: number },
): Promise<{ json: VersionJson }[]> {
  return db.query(sql`
    select ${versionJson} as json, ${search.order.columns} from registered_models m join model_versions v using (model_no)
    where not v.deleted and ${search.condition} and ${search.order.after(search.token)}
    order by ${search.order.orderBy} limit ${search.limit}`)
}

/** @throws {MlflowError} 404 */
export async function describeVersion(
  db: Queryable,
  id: VersionId,
  { description, at }: { description: string | undefined; at: number },
): Promise<void> {
  const described = await db.query(sql`
    update model_versions v set description = ${description ?? null}, last_updated_timestamp = ${at}
    from registered_models m where m.model_no = v.model_no and ${is(id)} returning 1`)
  if (described.length === 0) throw noVersion(id)
}

/** @param archive moves the other versions of that stage to Archived. @throws {MlflowError} 404 */
export async function moveVersion(
  db: Database,
  id: VersionId,
  { stage, archive, at }: { stage: ModelStage; archive: boolean; at: number },
): Promise<void> {
  await db.transaction(async (transaction) => {
    const [model] = await transaction.query<{ model_no: number }>(sql`
      update registered_models set last_updated_timestamp = ${at} where name = ${id.name} returning model_no`)
    const moved = model
      ? await transaction.query(sql`
          update model_versions set current_stage = ${stage}, last_updated_timestamp = ${at}
          where model_no = ${model.model_no} and version = ${id.version} and not deleted returning 1`)
      : []
    if (moved.length === 0 || !model) throw noVersion(id)
    if (!archive) return
    await transaction.query(sql`
      update model_versions set current_stage = 'Archived', last_updated_timestamp = ${at}
      where model_no = ${model.model_no} and version <> ${id.version} and current_stage = ${stage} and not deleted`)
  })
}

/** The row stays, emptied, so that its number is never given again; its aliases go. @throws {MlflowError} 404 */
export async function deleteVersion(db: Database, id: VersionId, at: number): Promise<void> {
  await db.transaction(async (transaction) => {
    const [row] = await transaction.query<{ model_no: number }>(sql`
      update model_versions v set deleted = true, source = null, storage_location = null, run_id = null, run_link = null,
        description = null, current_stage = 'None', last_updated_timestamp = ${at}
      from registered_models m where m.model_no = v.model_no and ${is(id)} returning v.model_no`)
    if (!row) throw noVersion(id)
    await transaction.query(sql`delete from model_aliases where model_no = ${row.model_no} and version = ${id.version}`)
    await transaction.query(
      sql`delete from model_version_tags where model_no = ${row.model_no} and version = ${id.version}`,
    )
    await transaction.query(
      sql`update registered_models set last_updated_timestamp = ${at} where model_no = ${row.model_no}`,
    )
  })
}

/** @throws {MlflowError} 404 */
export async function setVersionTag(db: Queryable, id: VersionId, { key, value }: { key: string; value: string }) {
  const set = await db.query(sql`
    insert into model_version_tags (model_no, version, key, value)
    select v.model_no, v.version, ${key}, ${value} from registered_models m join model_versions v using (model_no) where ${is(id)}
    on conflict (model_no, version, key) do update set value = excluded.value returning 1`)
  if (set.length === 0) throw noVersion(id)
}

/** A tag that is not there is deleted already. @throws {MlflowError} 404 for the version */
export async function deleteVersionTag(db: Queryable, id: VersionId, key: string): Promise<void> {
  await getVersion(db, id)
  await db.query(sql`
    delete from model_version_tags t using registered_models m
    where m.model_no = t.model_no and m.name = ${id.name} and t.version = ${id.version} and t.key = ${key}`)
}

function is({ name, version }: VersionId): Sql {
  return sql`m.name = ${name} and v.version = ${version} and not v.deleted`
}

async function setTags(
  db: Queryable,
  { modelNo, version, tags }: { modelNo: number; version: number; tags: ReadonlyMap<string, string> },
): Promise<void> {
  if (tags.size === 0) return
  await db.query(sql`
    insert into model_version_tags (model_no, version, key, value)
    select ${modelNo}::bigint, ${version}::int, * from unnest(${[...tags.keys()]}::text[], ${[...tags.values()]}::text[])`)
}

/** MLflow keeps on a logged model which versions were made from it; clients compare the very text. */
async function noteOnModel(
  db: Queryable,
  { name, modelId, number }: { name: string; modelId: string; number: number },
): Promise<void> {
  const key = 'mlflow.modelVersions'
  const [row] = await db.query<{ value: string | null }>(sql`
    select t.value from logged_models l left join logged_model_tags t on t.model_id = l.model_id and t.key = ${key}
    where l.model_id = ${modelId} for update of l`)
  if (!row) return
  const entry = `{"name": ${JSON.stringify(name)}, "version": ${number}}`
  const value = row.value?.startsWith('[{') ? `${row.value.slice(0, -1)}, ${entry}]` : `[${entry}]`
  await db.query(sql`
    insert into logged_model_tags (model_id, key, value) values (${modelId}, ${key}, ${value})
    on conflict (model_id, key) do update set value = excluded.value`)
}
