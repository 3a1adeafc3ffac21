import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { Database, Queryable } from './connect.ts'
import { sql, verbatim } from './sql.ts'

/** The database holds something that this server must not touch. */
export class ForeignSchemaError extends Error {
  override readonly name = 'ForeignSchemaError'
}

const folder = new URL('../../migrations/', import.meta.url)

/** Any number, the same in all servers: whoever holds this lock migrates. */
const migrationLock = 7_291_563_014

/**
 * Brings the database to this server's schema. Servers that start at once take turns; one that finds the
 * work done goes on after two reads.
 * @returns the names of the migrations it applied.
 * @throws {ForeignSchemaError} for a schema of a newer Waymark, a changed migration, or another program's tables.
 */
export async function migrate(db: Database): Promise<string[]> {
  const wanted = await readMigrations()
  if ((await missing(db, wanted)).length === 0) return []
  return db.session(async (session) => {
    await session.query(sql`select pg_advisory_lock(${migrationLock})`)
    try {
      return await applyMissing(session, wanted)
    } finally {
      await session.query(sql`select pg_advisory_unlock(${migrationLock})`)
    }
  })
}

/** @returns the migrations that the database lacks, in order. @throws {ForeignSchemaError} as `migrate` does. */
export async function pendingMigrations(db: Queryable): Promise<string[]> {
  return (await missing(db, await readMigrations())).map((migration) => migration.name)
}

interface Migration {
  readonly name: string
  readonly text: string
  readonly sha256: string
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8')
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

async function applyMissing(session: Queryable, wanted: readonly Migration[]): Promise<string[]> {
  const applied: string[] = []
  await session.query(sql`
    create table if not exists waymark_migrations (
      name text primary key, sha256 text not null, applied_at timestamptz not null default now()
    )`)
  for (const migration of await missing(session, wanted)) {
    await session.query(sql`begin`)
    try {
      await session.query(verbatim(migration.text))
      await session.query(
        sql`insert into waymark_migrations (name, sha256) values (${migration.name}, ${migration.sha256})`,
      )
      await session.query(sql`commit`)
    } catch (error) {
      await session.query(sql`rollback`)
      throw new Error(`Cannot apply migration ${migration.name}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      })
    }
    applied.push(migration.name)
  }
  return applied
}

async function missing(db: Queryable, wanted: readonly Migration[]): Promise<Migration[]> {
  const [found] = await db.query<{ ours: string | null; alembic: string | null; runs: string | null }>(sql`
    select to_regclass('waymark_migrations')::text as ours, to_regclass('alembic_version')::text as alembic,
           coalesce(to_regclass('runs'), to_regclass('experiments'))::text as runs`)
  if (!found?.ours) {
    if (found?.alembic || found?.runs) throw foreignTables(found.alembic !== null)
    return [...wanted]
  }
  const rows = await db.query<{ name: string; sha256: string }>(
    sql`select name, sha256 from waymark_migrations order by name`,
  )
  const applied = new Map(rows.map((row) => [row.name, row.sha256]))
  for (const [name, sha256] of applied) {
    const known = wanted.find((migration) => migration.name === name)
    if (!known) {
      throw new ForeignSchemaError(
        `Cannot use this database: it was migrated by a newer Waymark (migration ${name} is not known here). ` +
          'Update Waymark, or choose another database with --backend-store-uri',
      )
    }
    if (known.sha256 !== sha256) {
      throw new ForeignSchemaError(
        `Cannot use this database: its migration ${name} differs from this Waymark's. ` +
          'Use the version of Waymark that made it, or choose another database with --backend-store-uri',
      )
    }
  }
  return wanted.filter((migration) => !applied.has(migration.name))
}

function foreignTables(mlflow: boolean): ForeignSchemaError {
  const whose = mlflow ? 'MLflow itself' : 'another program'
  return new ForeignSchemaError(
    `Cannot use this database: it holds tables of ${whose}. ` +
      'Make an empty database (create database waymark) and give its address with --backend-store-uri',
  )
}
