import * as contract from '@waymark/contract/server'
import type { ObjectStore } from '@waymark/storage/object-store'
import type { Express } from 'express'
import packageJson from '../../package.json' with { type: 'json' }
import type { Context } from '../context.ts'
import { pendingMigrations } from '../db/migrate.ts'
import { sendJson } from '../http/reply.ts'
import type { RouteTable } from '../http/serve.ts'

export function serverInfoRoutes(routes: RouteTable): void {
  routes.add(contract.getServerInfo, async () => ({
    store_type: 'SqlStore', // what MLflow's own server with a database answers; clients know no other with all parts
    workspaces_enabled: false,
    trace_archival_enabled: false,
    multipart_uploads_enabled: false,
    multipart_downloads_enabled: false,
    presigned_upload_run_id_supported: false,
    presigned_upload_model_id_supported: false,
    features_enabled: { gateway: false },
  }))
}

/** `/health`: the process lives. `/version`. `/ready`: database, schema and store answer. */
export function healthRoutes(app: Express, { db, artifacts }: Pick<Context, 'db' | 'artifacts'>): void {
  app.get('/health', (_request, response) => {
    response.setHeader('content-type', 'text/plain')
    response.end('OK')
  })
  app.get('/version', (_request, response) => {
    response.setHeader('content-type', 'text/plain')
    response.end(packageJson.version)
  })
  app.get('/ready', async (_request, response) => {
    const [database, store] = await Promise.all([
      faultOf(async () => {
        const pending = await pendingMigrations(db)
        return pending.length > 0 ? `the schema lacks ${pending.join(', ')}` : undefined
      }),
      faultOf(() => reach(artifacts.proxy)),
    ])
    const isReady = database === undefined && store === undefined
    sendJson(response, isReady ? 200 : 503, { ready: isReady, database: database ?? 'ok', store: store ?? 'ok' })
  })
}

async function reach(store: ObjectStore): Promise<undefined> {
  await store.stat('ready')
}

/** What is wrong, in one line without addresses; undefined where nothing is. */
async function faultOf(look: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await look()
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown'
  }
}
