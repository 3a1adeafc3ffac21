import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { connectDatabase } from '../src/db/connect.ts'
import { verbatim } from '../src/db/sql.ts'
import { databaseUri } from './cluster.ts'

export interface TestDatabase extends AsyncDisposable {
  /** With the password in it; fit for `--backend-store-uri`. */
  readonly uri: string
}

/** A fresh database of the run's PostgreSQL, migrated unless `empty`; dropped on disposal. */
export async function createTestDatabase({ empty = false }: { empty?: boolean } = {}): Promise<TestDatabase> {
  const reply = await fetch(inject('testClusterAddress'))
  if (!reply.ok) throw new Error(await reply.text())
  const cluster = (await reply.json()) as { uri: string; template: string } // what global-setup.ts answers
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = connectDatabase({ uri: cluster.uri, maxConnections: 1 })
  await admin.query(verbatim(`create database ${name} template ${empty ? 'template0' : cluster.template}`))
  return {
    uri: databaseUri(cluster.uri, name),
    async [Symbol.asyncDispose]() {
      await admin.query(verbatim(`drop database ${name} with (force)`))
      await admin[Symbol.asyncDispose]()
    },
  }
}
