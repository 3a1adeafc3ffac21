import { z } from 'zod'
import { absent, Int64, Text } from './proto.ts'
import { mlflowRpc } from './rpc.ts'

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
