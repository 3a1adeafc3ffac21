import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectDatabase } from '../src/db/connect.ts'
import { startEmbeddedPostgres } from '../src/db/embedded.ts'
import { migrate } from '../src/db/migrate.ts'
import { sql } from '../src/db/sql.ts'

export interface TestCluster extends AsyncDisposable {
  /** Of the cluster's superuser, at its database "postgres". */
  readonly uri: string
  /** A migrated database that the test files' databases are copies of. */
  readonly template: string
}

/** A throwaway PostgreSQL in the temp folder, with the template that test databases are made from. */
export async function startTestCluster(): Promise<TestCluster> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'waymark-test-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o755) // PostgreSQL runs as another account where the tests run as root
  const postgres = stack.use(
    await startEmbeddedPostgres({ dir: join(folder, 'postgres'), log: () => undefined, throwaway: true }),
  )
  const template = 'waymark_template'
  {
    await using admin = connectDatabase({ uri: postgres.uri, maxConnections: 1 })
    await admin.query(sql`create database waymark_template`)
    await using db = connectDatabase({ uri: databaseUri(postgres.uri, template), maxConnections: 1 })
    await migrate(db)
  }
  const owned = stack.move()
  return { uri: postgres.uri, template, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** @returns the address of another database of the same cluster. */
export function databaseUri(uri: string, database: string): string {
  const url = new URL(uri)
  url.pathname = `/${database}`
  return url.href
}
