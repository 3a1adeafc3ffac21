import pg from 'pg'
import { type Sql, sql } from './sql.ts'

/** Something that statements can be sent to: the database, or one transaction on it. */
export interface Queryable {
  /** @throws {DatabaseUnavailableError} where the database cannot be reached; pg's own error where it refuses. */
  query<Row>(statement: Sql, options?: QueryOptions): Promise<Row[]>
}

export interface QueryOptions {
  /** Keeps the statement's plan on each connection under this name; only for one fixed text. */
  readonly prepareAs?: string
}

export interface Database extends Queryable, AsyncDisposable {
  /** Runs `work` in one transaction; a deadlock or serialization failure runs it again, so it must be repeatable. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>
  /** Runs `work` on one connection of its own, outside a transaction. */
  session<T>(work: (session: Queryable) => Promise<T>): Promise<T>
}

/** The database cannot be reached now; the same request may work later. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError'
}

export interface ConnectOptions {
  /** `postgresql://…`; SQLAlchemy's `postgresql+<driver>://` and `postgres://` are taken too. */
  readonly uri: string
  readonly maxConnections?: number
  readonly connectTimeoutMs?: number
  /** Told of connections that break while nobody uses them. */
  readonly onIdleError?: (error: Error) => void
}

/** Opens a pool on a PostgreSQL database; no connection is made before the first statement. */
export function connectDatabase({
  uri,
  maxConnections = 20,
  connectTimeoutMs = 8000,
  onIdleError,
}: ConnectOptions): Database {
  const pool = new pg.Pool({
    connectionString: uri.replace(/^postgres(ql)?(\+\w+)?:/, 'postgresql:'),
    max: maxConnections,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: 'waymark',
    types: { getTypeParser },
  })
  let isEnding = false
  pool.on('error', (error) => {
    if (!isEnding) onIdleError?.(error)
  })

  async function session<T>(work: (session: Queryable) => Promise<T>): Promise<T> {
    const client = await reach(() => pool.connect())
    let broken: Error | undefined
    try {
      return await work(on(client))
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) broken = error
      throw error
    } finally {
      client.release(broken)
    }
  }

  return {
    ...on(pool),
    session,
    transaction: (work) => retried(() => session((client) => inTransaction(client, work))),
    async [Symbol.asyncDispose]() {
      isEnding = true
      await pool.end()
    },
  }
}

/** @returns the SQLSTATE of an error that PostgreSQL sent, and the constraint it names. */
export function sqlStateOf(error: unknown): { code: string; constraint: string | undefined } | undefined {
  return error instanceof pg.DatabaseError && error.code !== undefined
    ? { code: error.code, constraint: error.constraint }
    : undefined
}

function on(target: pg.Pool | pg.PoolClient): Queryable {
  return {
    async query<Row>(statement: Sql, { prepareAs }: QueryOptions = {}) {
      const { text, values } = statement.toQuery()
      const result = await reach(() => target.query({ text, values, ...(prepareAs ? { name: prepareAs } : {}) }))
      return result.rows as Row[] // the caller wrote the statement and knows its columns
    },
  }
}

async function inTransaction<T>(client: Queryable, work: (transaction: Queryable) => Promise<T>): Promise<T> {
  await client.query(command.begin)
  try {
    const result = await work(client)
    await client.query(command.commit)
    return result
  } catch (error) {
    if (!(error instanceof DatabaseUnavailableError)) await client.query(command.rollback)
    throw error
  }
}

const command = { begin: sql`begin`, commit: sql`commit`, rollback: sql`rollback` }

const retriedStates = new Set(['40001', '40P01'])

async function retried<T>(work: () => Promise<T>, attempts = 4): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const code = sqlStateOf(error)?.code
      if (code === undefined || !retriedStates.has(code) || attempt === attempts) throw error
    }
  }
}

/**
 * Connection failures (class 08), shutdowns (57P), too many connections (53300), a database that takes none at the
 * moment (55000), one that became a read-only replica (25006), and what the socket itself says.
 */
async function reach<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const state = sqlStateOf(error)?.code
    const lost = state === undefined ? isConnectionError(error) : /^(08|57P0|53300|55000|25006)/.test(state)
    if (!lost) throw error
    throw new DatabaseUnavailableError('Cannot reach the database', { cause: error })
  }
}

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return (
    /^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|NOTFOUND|AI_AGAIN)/.test(code) ||
    /timeout exceeded when trying to connect|Connection terminated|not queryable|Client was closed/i.test(error.message)
  )
}

const int8 = 20

/** int8 as a number: what we keep in it (ids, ms, steps) was checked to be a safe integer on its way in. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  return oid === int8 ? Number : pg.types.getTypeParser(oid, format as 'text')
}
