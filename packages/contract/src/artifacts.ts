import { z } from 'zod'
import { absent, Int64, Name, Text } from './proto.ts'
import { mlflowRpc } from './rpc.ts'
import type { StreamRoute } from './stream.ts'

export const FileInfo = z.object({
  path: z.string(),
  is_dir: z.boolean().default(false),
  /** bytes; MLflow leaves it out for folders and for empty files */
  file_size: Int64.optional(),
})
export type FileInfo = z.output<typeof FileInfo>

export const listArtifacts = mlflowRpc({
  method: 'GET',
  path: '/artifacts/list',
  summary: "List a folder of a run's artifacts",
  permission: 'artifact:read',
  request: z.object({ run_id: absent(Text), run_uuid: absent(Text), path: absent(Text), page_token: absent(Text) }),
  reply: z.object({ root_uri: z.string(), files: z.array(FileInfo).default([]) }),
})

export const listModelArtifacts = mlflowRpc({
  method: 'GET',
  path: '/logged-models/{model_id}/artifacts/directories',
  summary: "List a folder of a logged model's artifacts",
  permission: 'artifact:read',
  request: z.object({ model_id: Name, artifact_directory_path: absent(Text), page_token: absent(Text) }),
  reply: z.object({ root_uri: z.string(), files: z.array(FileInfo).default([]) }),
})

export const listProxyArtifacts = {
  ...mlflowRpc({
    method: 'GET',
    path: '/artifacts',
    summary: 'List a folder of the artifact proxy',
    permission: 'artifact:read',
    request: z.object({ path: absent(Text) }),
    reply: z.object({ files: z.array(FileInfo).default([]) }),
  }),
  prefixes: ['/api/2.0/mlflow-artifacts', '/ajax-api/2.0/mlflow-artifacts'],
}

const proxyPaths = ['/api/2.0/mlflow-artifacts/artifacts/*', '/ajax-api/2.0/mlflow-artifacts/artifacts/*']

/** The calls that carry an artifact's bytes. */
export const artifactStreams = {
  put: {
    method: 'PUT',
    paths: proxyPaths,
    summary: 'Write an artifact; the body is its bytes',
    permission: 'artifact:write',
  },
  get: {
    method: 'GET',
    paths: proxyPaths,
    summary: 'Read an artifact; takes Range and If-None-Match',
    permission: 'artifact:read',
  },
  delete: {
    method: 'DELETE',
    paths: proxyPaths,
    summary: 'Delete an artifact, or a folder with all in it',
    permission: 'artifact:delete',
  },
  getOfRun: {
    method: 'GET',
    paths: ['/get-artifact'],
    summary: "Read a run's artifact: ?run_id=&path=",
    permission: 'artifact:read',
  },
  getOfVersion: {
    method: 'GET',
    paths: ['/model-versions/get-artifact', '//model-versions/get-artifact'],
    summary: "Read a model version's artifact: ?name=&version=&path=",
    permission: 'artifact:read',
  },
  getOfModel: {
    method: 'GET',
    paths: ['/ajax-api/2.0/mlflow/logged-models/*/artifacts/files'],
    summary: "Read a logged model's artifact: ?artifact_file_path=",
    permission: 'artifact:read',
  },
  uploadToRun: {
    method: 'POST',
    paths: ['/ajax-api/2.0/mlflow/upload-artifact'],
    summary: "Write a run's artifact of up to 10 MB: ?run_uuid=&path=",
    permission: 'artifact:write',
  },
  multipart: {
    method: 'POST',
    paths: ['create', 'complete', 'abort'].flatMap((step) => [
      `/api/2.0/mlflow-artifacts/mpu/${step}/*`,
      `/ajax-api/2.0/mlflow-artifacts/mpu/${step}/*`,
    ]),
    summary: 'Multipart upload; not built, clients then send the file in one piece',
    permission: 'artifact:write',
  },
  presigned: {
    method: 'GET',
    paths: ['/api/2.0/mlflow-artifacts/presigned/*', '/ajax-api/2.0/mlflow-artifacts/presigned/*'],
    summary: 'An address to download from directly; not built, clients then download through the server',
    permission: 'artifact:read',
  },
} as const satisfies Record<string, StreamRoute>

/** Where artifacts are put, read and deleted through the server: below it, `<root of the run>/<path>`. */
export const artifactProxyPath = '/api/2.0/mlflow-artifacts/artifacts'

/** Reads one artifact of a run: `?run_id=…&path=…`; takes `Range`. */
export const getArtifactPath = '/get-artifact'

/** @returns the proxy's path of one artifact, each segment percent-encoded. */
export function artifactPath(artifactUri: string, path: string): string | undefined {
  const root = /^mlflow-artifacts:\/(?:\/[^/]*)?\/?(.*)$/.exec(artifactUri)?.[1]
  if (root === undefined) return undefined
  const segments = [...root.split('/'), ...path.split('/')].filter((segment) => segment !== '')
  return `${artifactProxyPath}/${segments.map(encodeURIComponent).join('/')}`
}
