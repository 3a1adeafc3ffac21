import type { Queryable } from '../db/connect.ts'
import { sql } from '../db/sql.ts'
import { invalid, notFound } from '../http/mlflow-error.ts'

export interface SourceRequest {
  readonly source: string
  readonly runId: string | undefined
  readonly modelId: string | undefined
  readonly isPrompt: boolean
}

/** What a version keeps of where its files are. */
export interface ResolvedSource {
  readonly source: string
  /** Where the files really are, where `source` names a run or another model. */
  readonly location: string | undefined
  readonly runId: string | undefined
  readonly modelId: string | undefined
}

/**
 * Checks where a version's files are said to be, by MLflow 3.17's rules: what lies on this server must lie
 * within the run or the model that it is said to come from; what lies elsewhere must be an absolute address.
 * @throws {MlflowError} 400; 404 for a run or model that is not there
 */
export async function resolveSource(db: Queryable, request: SourceRequest): Promise<ResolvedSource> {
  const { source, runId, modelId } = request
  if (request.isPrompt && /^[\w.-]+$/.test(source)) return { source, location: undefined, runId, modelId }
  if (source.startsWith('models:/')) return fromModel(db, request)
  if (source.startsWith('runs:/')) return fromRun(db, request)
  refuseTraversal(source)
  const proxied = proxyPath(source)
  if (proxied !== undefined || isLocal(source)) await requireOwnFolder(db, request, proxied)
  return { source, location: undefined, runId, modelId }
}

async function fromModel(db: Queryable, request: SourceRequest): Promise<ResolvedSource> {
  const name = request.source.slice('models:/'.length)
  if (/^m-[\w-]+$/.test(name)) return fromLoggedModel(db, request, name)
  const [, model = '', version, alias] = /^(.+?)(?:\/(\d{1,9})|@([\w-]+))$/.exec(name) ?? []
  if (model === '')
    throw invalidSource(
      request.source,
      'a models: address is models:/<name>/<version>, models:/<name>@<alias> or models:/<model_id>',
    )
  const [row] = await db.query<{ version: number; location: string; run_id: string | null }>(sql`
    select v.version, coalesce(v.storage_location, v.source) as location, v.run_id
    from registered_models m join model_versions v using (model_no)
    where m.name = ${model} and not v.deleted and v.version = ${
      version === undefined
        ? sql`(select a.version from model_aliases a where a.model_no = m.model_no and a.alias = ${alias})`
        : Number(version)
    }`)
  if (!row && version === undefined) throw invalid(`Registered model alias ${alias} not found.`)
  if (!row) throw notFound(`Model Version (name=${model}, version=${version}) not found`)
  return {
    source: `models:/${model}/${row.version}`,
    location: row.location,
    runId: request.runId || (row.run_id ?? undefined),
    modelId: request.modelId,
  }
}

async function fromLoggedModel(db: Queryable, request: SourceRequest, id: string): Promise<ResolvedSource> {
  if (request.modelId && request.modelId !== id) {
    throw invalidSource(request.source, `model_id is '${request.modelId}', another model`)
  }
  const [row] = await db.query<{ artifact_uri: string; source_run_id: string | null }>(
    sql`select artifact_uri, source_run_id from logged_models where model_id = ${id} and lifecycle_stage = 'active'`,
  )
  if (!row) throw notFound(`Logged model with ID '${id}' not found.`)
  return {
    source: request.source,
    location: row.artifact_uri,
    runId: request.runId || (row.source_run_id ?? undefined),
    modelId: id,
  }
}

async function fromRun(db: Queryable, { source, runId, modelId }: SourceRequest): Promise<ResolvedSource> {
  const [, id = '', path = ''] = /^runs:\/+([^/]+)\/?(.*)$/.exec(source) ?? []
  if (runId && runId !== id) throw invalidSource(source, `run_id is '${runId}', another run`)
  refuseTraversal(path)
  const [row] = await db.query<{ artifact_uri: string }>(sql`select artifact_uri from runs where run_id = ${id}`)
  if (!row) throw notFound(`Run with id=${id} not found`)
  const location = [row.artifact_uri.replace(/\/+$/, ''), path].filter(Boolean).join('/')
  return { source, location, runId: id, modelId }
}

/** @throws {MlflowError} 400 where the source is outside the artifacts of its run and of its model */
async function requireOwnFolder(
  db: Queryable,
  { source, runId, modelId }: SourceRequest,
  proxied: string | undefined,
): Promise<void> {
  const rows = await db.query<{ artifact_uri: string }>(sql`
    select artifact_uri from runs where run_id = ${runId ?? ''}
    union all select artifact_uri from logged_models where model_id = ${modelId ?? ''}`)
  const path = proxied ?? localPath(source)
  const lies = rows.some(({ artifact_uri }) => {
    const root = proxied === undefined ? localPath(artifact_uri) : proxyPath(artifact_uri)
    return root !== undefined && path !== undefined && `${path}/`.startsWith(`${root}/`)
  })
  if (lies) return
  throw invalid(
    `Invalid model version source: '${source}'. To use a local path as a model version source, the run_id request ` +
      'parameter has to be specified and the local path has to be contained within the artifact directory of the run ' +
      'specified by the run_id (or of the model specified by the model_id).',
  )
}

function refuseTraversal(source: string): void {
  let text = source
  for (let round = 0; round <= 10; round++) {
    const segments = text.split(/[/\\?#;]/)
    if (segments.includes('..') || text.includes('\u0000') || round === 10) {
      throw invalid(
        `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, ` +
          'objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. ' +
          'Please provide an absolute path.',
      )
    }
    const next = text.replace(/%([0-9a-fA-F]{2})/g, (_whole, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (next === text) return
    text = next
  }
}

/** The path within the proxy's store, of an `mlflow-artifacts:` address or of one of the proxy itself. */
function proxyPath(uri: string): string | undefined {
  const path =
    /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(uri)?.[1] ??
    /^https?:\/\/[^/]+(?:\/.*)?\/api\/2\.0\/mlflow-artifacts\/artifacts\/(.*)$/.exec(uri)?.[1]
  return path?.split('/').filter(Boolean).join('/')
}

function isLocal(source: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9+.-]+:/.test(source) || source.startsWith('file:')) return true
  return URL.canParse(source) && /^(localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(new URL(source).hostname)
}

function localPath(uri: string): string | undefined {
  const path = uri.startsWith('file:') ? uri.replace(/^file:(\/\/(localhost)?(?=\/))?/, '') : uri
  if (!path.startsWith('/')) return undefined
  return `/${path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')}`
}

function invalidSource(source: string, why: string) {
  return invalid(`Invalid model version source: '${source}': ${why}`)
}
