/** What a client asks about the server itself. */
import { z } from 'zod'
import { mlflowRpc } from './rpc.ts'

export const getServerInfo = {
  ...mlflowRpc({
    method: 'GET',
    path: '/server-info',
    summary: 'Which optional parts this server has; MLflow clients ask before downloads',
    permission: 'server:read',
    request: z.object({}),
    reply: z.object({
      store_type: z.string(),
      workspaces_enabled: z.boolean(),
      trace_archival_enabled: z.boolean(),
      multipart_uploads_enabled: z.boolean(),
      multipart_downloads_enabled: z.boolean(),
      presigned_upload_run_id_supported: z.boolean(),
      presigned_upload_model_id_supported: z.boolean(),
      features_enabled: z.object({ gateway: z.boolean() }),
    }),
  }),
  prefixes: ['/api/3.0/mlflow', '/ajax-api/3.0/mlflow'],
}
