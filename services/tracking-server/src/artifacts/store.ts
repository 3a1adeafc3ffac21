import type { Queryable } from '../db/connect.ts'
import { noRun } from '../db/lifecycle.ts'
import { sql } from '../db/sql.ts'
import { invalid, notFound } from '../http/mlflow-error.ts'

/** @throws {MlflowError} 404 */
export async function artifactUriOfRun(db: Queryable, runId: string): Promise<string> {
  const [row] = await db.query<{ artifact_uri: string }>(
    sql`select artifact_uri from runs where run_id = ${plain(runId)}`,
  )
  if (!row) throw noRun(runId)
  return row.artifact_uri
}

/** @throws {MlflowError} 404 */
export async function artifactUriOfModel(db: Queryable, modelId: string): Promise<string> {
  const [row] = await db.query<{ artifact_uri: string }>(
    sql`select artifact_uri from logged_models where model_id = ${plain(modelId)} and lifecycle_stage = 'active'`,
  )
  if (!row) throw notFound(`Logged model with ID '${modelId}' not found.`)
  return row.artifact_uri
}

/** @throws {MlflowError} 404; 400 for a version that is no number. */
export async function artifactUriOfVersion(db: Queryable, name: string, version: string): Promise<string> {
  if (!/^\d{1,9}$/.test(version))
    throw invalid(`Parameter 'version' must be an integer, got '${version.slice(0, 50)}'.`)
  const [row] = await db.query<{ uri: string }>(sql`
    select coalesce(v.storage_location, v.source) as uri from model_versions v join registered_models m using (model_no)
    where m.name = ${plain(name)} and v.version = ${version} and not v.deleted`)
  if (!row) throw notFound(`Model Version (name=${name}, version=${version}) not found`)
  return row.uri
}

/** Ids from a query string have met no schema. */
function plain(id: string): string {
  if (id.includes('\u0000') || id.length > 1000) throw invalid('Invalid id')
  return id
}
