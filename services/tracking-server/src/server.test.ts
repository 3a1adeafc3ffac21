import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { call } from '@waymark/client/call'
import { createExperiment, getExperiment } from '@waymark/contract/experiments'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from '../test/test-database.ts'
import { connectDatabase } from './db/connect.ts'
import { sql, verbatim } from './db/sql.ts'
import { startTrackingServer } from './server.ts'
import { readServerSettings } from './settings.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waymark-server-'))
  await chmod(folder, 0o755) // PostgreSQL runs as another account where the tests run as root
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const settings = (flags: Record<string, string | true>) =>
  readServerSettings({ flags: { port: '0', ...flags }, env: {}, cwd: folder, log: pino({ level: 'silent' }) })

test('a server keeps what it acknowledged when it is killed, leaves no process, and starts again', async () => {
  const dir = join(folder, 'killed')
  await using first = await startProgram(dir)
  const { experiment_id } = await call(first.url, createExperiment, { name: 'kept' })
  const database = await postgresOf(dir)
  first.child.kill('SIGKILL')
  await first.ended
  await gone(database)
  await using second = await startProgram(dir)
  const { experiment } = await call(second.url, getExperiment, { experiment_id })
  expect(experiment.name).toBe('kept')
  const next = await postgresOf(dir)
  second.child.kill('SIGTERM')
  expect(await second.ended).toEqual([0, null])
  await gone(next)
}, 60_000)

test('PostgreSQL that is killed comes back by itself, with all that was acknowledged', async () => {
  const dir = join(folder, 'database-killed')
  const server = await startTrackingServer(settings({ 'data-dir': dir }))
  const { experiment_id } = await call(server.url, createExperiment, { name: 'kept' })
  const [killed] = (await readFile(join(dir, 'data', 'postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(killed), 'SIGKILL')
  await expect.poll(async () => (await fetch(`${server.url}/ready`)).status, { timeout: 20_000 }).toBe(503)
  await expect.poll(async () => (await fetch(`${server.url}/ready`)).status, { timeout: 20_000 }).toBe(200)
  expect((await call(server.url, getExperiment, { experiment_id })).experiment.name).toBe('kept')
  await server[Symbol.asyncDispose]()
}, 60_000)

test('a second server on one data folder is refused while the first one lives', async () => {
  const dir = join(folder, 'claimed')
  await using first = await startTrackingServer(settings({ 'data-dir': dir }))
  await expect(startTrackingServer(settings({ 'data-dir': dir }))).rejects.toThrow(`process ${process.pid} uses it`)
  expect(await (await fetch(`${first.url}/health`)).text()).toBe('OK')
})

test('two servers started at once on one empty database both come up', async () => {
  await using database = await createTestDatabase({ empty: true })
  const flags = { 'backend-store-uri': database.uri }
  const servers = await Promise.all([1, 2, 3].map(() => startTrackingServer(settings(flags))))
  for (const server of servers) expect((await fetch(`${server.url}/ready`)).status).toBe(200)
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
})

test.each([
  ['create table alembic_version (version_num text)', 'tables of MLflow itself'],
  ['create table runs (id text)', 'tables of another program'],
  [
    "create table waymark_migrations (name text, sha256 text); insert into waymark_migrations values ('9999-later.sql', '')",
    'migrated by a newer Waymark (migration 9999-later.sql',
  ],
])('a database with %s is refused by name, and left as it was', async (statement, message) => {
  await using database = await createTestDatabase({ empty: true })
  await using db = connectDatabase({ uri: database.uri })
  await db.query(verbatim(statement))
  await expect(startTrackingServer(settings({ 'backend-store-uri': database.uri }))).rejects.toThrow(message)
  const [row] = await db.query<{ experiments: string | null }>(
    sql`select to_regclass('experiments')::text as experiments`,
  )
  expect(row?.experiments).toBeNull()
})

test('a port in use, a database that is not there, a wrong password: each says what to do, and no password', async () => {
  await using database = await createTestDatabase()
  const uri = new URL(database.uri)
  await using server = await startTrackingServer(settings({ 'backend-store-uri': database.uri }))
  const start = (flags: Record<string, string>) => startTrackingServer(settings(flags))
  await expect(start({ 'backend-store-uri': database.uri, port: String(server.port) })).rejects.toThrow(
    `Cannot listen on 127.0.0.1:${server.port}: another program uses that port`,
  )
  const away = `postgresql://u:hunter2@127.0.0.1:1/x`
  await expect(start({ 'backend-store-uri': away })).rejects.toThrow(
    /^Cannot reach the database at 127\.0\.0\.1:1\/x: (?!.*hunter2)/,
  )
  uri.password = 'hunter2'
  await expect(start({ 'backend-store-uri': uri.href })).rejects.toThrow(/^Cannot log in (?!.*hunter2)/)
  const missing = new URL(database.uri)
  missing.pathname = '/no_such'
  await expect(start({ 'backend-store-uri': missing.href })).rejects.toThrow(/it does not exist/)
})

test('an upload that is under way when the server is told to stop is finished', async () => {
  await using database = await createTestDatabase()
  const artifacts = join(folder, 'artifacts')
  const server = await startTrackingServer(
    settings({ 'backend-store-uri': database.uri, 'artifacts-destination': artifacts }),
  )
  const path = '/api/2.0/mlflow-artifacts/artifacts/slow.txt'
  const upload = httpRequest({ port: server.port, method: 'PUT', path })
  const answered = once(upload, 'response')
  await new Promise((sent) => upload.write('first half, ', sent))
  await until(async () => (await readdir(join(artifacts, '.waymark-drafts'))).length > 0)
  const stopped = server[Symbol.asyncDispose]()
  upload.end('second half')
  const [reply] = await answered
  expect(reply.statusCode).toBe(200)
  await stopped
  expect(await readFile(join(artifacts, 'slow.txt'), 'utf8')).toBe('first half, second half')
})

test('the database gone is 503 with Retry-After meanwhile, and back it works without a restart', async () => {
  await using database = await createTestDatabase()
  await using server = await startTrackingServer(settings({ 'backend-store-uri': database.uri }))
  const get = () => fetch(`${server.url}/api/2.0/mlflow/experiments/get?experiment_id=0`)
  expect((await get()).status).toBe(200)
  const name = new URL(database.uri).pathname.slice(1)
  await using other = connectDatabase({ uri: database.uri.replace(name, 'postgres') })
  await other.query(verbatim(`alter database ${name} allow_connections false`))
  await other.query(sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`)
  const away = await get()
  expect([away.status, away.headers.get('retry-after')]).toEqual([503, '2'])
  expect((await fetch(`${server.url}/ready`)).status).toBe(503)
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
  await other.query(verbatim(`alter database ${name} allow_connections true`))
  expect((await get()).status).toBe(200)
})

test.each([
  ['./runs', 'file:///srv/runs'],
  ['/mnt/a b', 'file:///mnt/a%20b'],
  ['file:///mnt/x', 'file:///mnt/x'],
  ['s3://bucket/x', 's3://bucket/x'],
  [undefined, 'mlflow-artifacts:/'],
])('with --default-artifact-root %s runs keep artifacts below %s, wherever a client stands', (root, place) => {
  const sources = { env: { MLFLOW_DEFAULT_ARTIFACT_ROOT: root }, cwd: '/srv', log: pino({ level: 'silent' }) }
  expect(readServerSettings({ flags: {}, ...sources }).defaultArtifactRoot).toBe(place)
})

test.each([
  ["in the server's own database", {}, '/srv/.waymark/artifacts'],
  [
    "in that of another project's npm start",
    { 'data-dir': '/home/me/iris/.waymark/postgres' },
    '/home/me/iris/.waymark/artifacts',
  ],
  ['in a database folder of your choice', { 'data-dir': '/mnt/pg' }, '/srv/mlartifacts'],
  ['in a database of yours', { 'backend-store-uri': 'postgresql://db/waymark' }, '/srv/mlartifacts'],
])('runs kept %s have their artifacts where they were written before', (_where, flags, folder) => {
  const sources = { env: {}, cwd: '/srv', log: pino({ level: 'silent' }) }
  expect(readServerSettings({ flags, ...sources }).artifactsDestination).toBe(`file://${folder}`)
})

test('all faults of the flags are told at once, each by its name', () => {
  const flags = {
    'app-name': 'basic-auth',
    port: 'x',
    bogus: 'y',
    'static-prefix': 'no-slash',
    'backend-store-uri': 'sqlite:///x',
  }
  expect(() => settings(flags)).toThrow(
    expect.objectContaining({
      faults: [
        expect.stringMatching(/^--app-name: /),
        expect.stringMatching(/^--bogus: there is no such flag/),
        expect.stringMatching(/^--backend-store-uri: only PostgreSQL is supported, got sqlite/),
        expect.stringMatching(/^--port: expected a number/),
        expect.stringMatching(/^--static-prefix: /),
      ],
    }),
  )
})

interface Program extends AsyncDisposable {
  readonly url: string
  readonly child: ChildProcess
  /** Exit code and signal. */
  readonly ended: Promise<unknown[]>
}

async function startProgram(dir: string): Promise<Program> {
  const program = join(folder, 'program.ts')
  const source = (name: string) => JSON.stringify(join(import.meta.dirname, name))
  await writeFile(
    program,
    `import { startTrackingServer } from ${source('server.ts')}
     import { readServerSettings } from ${source('settings.ts')}
     const log = { info() {}, warn() {}, error() {} }
     const flags = { port: '0', 'data-dir': process.argv[2] }
     const server = await startTrackingServer(readServerSettings({ flags, env: {}, cwd: process.argv[2] + '-cwd', log }))
     process.once('SIGTERM', () => server[Symbol.asyncDispose]())
     console.log(server.url)`,
  )
  const child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [url] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])
  return {
    url,
    child,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function postgresOf(dir: string): Promise<number> {
  return Number((await readFile(join(dir, 'data', 'postmaster.pid'), 'utf8')).split('\n')[0])
}

async function gone(pid: number): Promise<void> {
  await until(async () => {
    try {
      process.kill(pid, 0)
      return false
    } catch {
      return true
    }
  })
}

async function until(done: () => Promise<boolean>): Promise<void> {
  await expect.poll(done, { timeout: 15_000, interval: 20 }).toBe(true)
}
