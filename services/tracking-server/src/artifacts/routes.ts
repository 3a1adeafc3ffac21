import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import * as contract from '@waymark/contract/artifacts'
import { keyIn, type Place, requirePlace } from '../artifact-places.ts'
import type { Context } from '../context.ts'
import { invalid, MlflowError } from '../http/mlflow-error.ts'
import { readBody } from '../http/read-body.ts'
import { sendJson } from '../http/reply.ts'
import { safePath, safePlainPath } from '../http/safe-path.ts'
import type { RouteTable } from '../http/serve.ts'
import { sendObject } from './send.ts'
import { artifactUriOfModel, artifactUriOfRun, artifactUriOfVersion } from './store.ts'

const streams = contract.artifactStreams
const uploadLimitBytes = 10 * 1024 * 1024

/** Artifacts by run, by logged model and by model version. */
export function artifactRoutes(routes: RouteTable, { db, artifacts }: Context): void {
  routes.add(contract.listArtifacts, async ({ run_id, run_uuid, path }) => {
    const uri = await artifactUriOfRun(db, requireText(run_id || run_uuid, 'run_id'))
    return { root_uri: uri, files: await listed(requirePlace(artifacts, uri), path ?? '') }
  })
  routes.add(contract.listModelArtifacts, async ({ model_id, artifact_directory_path }) => {
    const uri = await artifactUriOfModel(db, model_id)
    return { root_uri: uri, files: await listed(requirePlace(artifacts, uri), artifact_directory_path ?? '') }
  })
  routes.addStream(streams.getOfRun, async (request, response) => {
    const query = queryOf(request)
    const path = safePlainPath(requireText(query.get('path'), 'path'))
    const runId = requireText(query.get('run_id') || query.get('run_uuid'), 'run_id')
    const { store, folder } = requirePlace(artifacts, await artifactUriOfRun(db, runId))
    await sendObject(request, response, { store, key: keyIn(folder, path), path })
  })
  routes.addStream(streams.getOfVersion, async (request, response) => {
    const query = queryOf(request)
    const path = safePlainPath(requireText(query.get('path'), 'path'))
    const [name, version] = [requireText(query.get('name'), 'name'), requireText(query.get('version'), 'version')]
    const { store, folder } = requirePlace(artifacts, await artifactUriOfVersion(db, name, version))
    await sendObject(request, response, { store, key: keyIn(folder, path), path })
  })
  routes.addStream(streams.getOfModel, async (request, response, modelId) => {
    const path = safePlainPath(requireText(queryOf(request).get('artifact_file_path'), 'artifact_file_path'))
    const { store, folder } = requirePlace(artifacts, await artifactUriOfModel(db, safePath(modelId)))
    await sendObject(request, response, { store, key: keyIn(folder, path), path })
  })
  routes.addStream(streams.uploadToRun, async (request, response) => {
    const query = queryOf(request)
    const runId = query.get('run_uuid') ?? query.get('run_id')
    if (!runId) throw invalid('Request must specify run_uuid.')
    const path = query.get('path')
    if (!path) throw invalid('Request must specify path.')
    const { store, folder } = requirePlace(artifacts, await artifactUriOfRun(db, runId))
    const bytes = await readBody(request, uploadLimitBytes)
    if (bytes.length === 0) throw invalid('Request must specify data.')
    await store.put(keyIn(folder, safePlainPath(path)), bytes)
    sendJson(response, 200, {})
  })
}

/** The store behind `mlflow-artifacts:`, where clients send and fetch bytes themselves. */
export function proxyRoutes(routes: RouteTable, { artifacts: { proxy } }: Pick<Context, 'artifacts'>): void {
  routes.add(contract.listProxyArtifacts, async ({ path }) => {
    const files = await listed({ store: proxy, folder: '' }, path ?? '')
    return { files: files.map((file) => ({ ...file, path: file.path.split('/').at(-1) ?? '' })) }
  })
  routes.addStream(streams.put, async (request, response, rest) => {
    await proxy.put(requirePath(safePath(rest)), bodyOf(request))
    sendJson(response, 200, {})
  })
  routes.addStream(streams.get, async (request, response, rest) => {
    const path = safePath(rest)
    await sendObject(request, response, { store: proxy, key: path, path })
  })
  routes.addStream(streams.delete, async (_request, response, rest) => {
    const path = requirePath(safePath(rest))
    await proxy.delete(path)
    await proxy.deleteFolder(path)
    sendJson(response, 200, {})
  })
  routes.addStream(streams.multipart, async () => {
    throw new MlflowError(
      'NOT_IMPLEMENTED',
      'Multipart upload is not supported for the current artifact repository. Send the file in one piece',
    )
  })
  routes.addStream(streams.presigned, async () => {
    throw new MlflowError(
      'NOT_IMPLEMENTED',
      'Presigned download is not supported for the current artifact repository. Download through the server',
    )
  })
}

async function listed({ store, folder }: Place, path: string) {
  const below = safePlainPath(path)
  const entries = await store.listFolder(keyIn(folder, below))
  return entries
    .map((entry) => ({
      path: keyIn(below, entry.name),
      is_dir: entry.kind === 'folder',
      ...(entry.kind === 'object' && entry.sizeBytes > 0 ? { file_size: entry.sizeBytes } : {}),
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The body as a stream of its own: a store that fails and destroys it leaves the connection, and so our answer, alone. */
function bodyOf(request: IncomingMessage): Readable {
  return Readable.from(chunksOf(request), { objectMode: false })
}

/** Without `for await`, which would pass the store's error on to the request. */
async function* chunksOf(request: IncomingMessage): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false })
  try {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
  } finally {
    await chunks.return?.()
  }
}

function queryOf(request: IncomingMessage): URLSearchParams {
  return new URL(request.url ?? '', 'http://host').searchParams
}

function requireText(text: string | null | undefined, parameter: string): string {
  if (text) return text
  throw invalid(
    `Missing value for required parameter '${parameter}'. See the API docs for more information about request parameters.`,
  )
}

function requirePath(path: string): string {
  if (path === '') throw invalid('Invalid path')
  return path
}
