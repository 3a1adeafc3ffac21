import { once } from 'node:events'
import { chmod, readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { createTestDatabase } from '@waymark/tracking-server/test/test-database'
import { expect, test } from 'vitest'
import { testProject } from '../../test/project.ts'
import { toyProject } from '../../test/toy-pipeline.ts'

test("waymark server takes mlflow server's flags, answers, and ends cleanly when it is told to", async () => {
  await using database = await createTestDatabase()
  using folder = testProject({})
  const flags = ['--backend-store-uri', database.uri, '--artifacts-destination', './kept', '-h', '127.0.0.1', '-p', '0']
  const running = folder.start(['server', ...flags, '--workers', '4'])
  await running.printed('tracking server at http://127.0.0.1:')
  const url = /http:\S+/.exec(running.soFar())?.[0]
  expect(await (await fetch(`${url}/health`)).text()).toBe('OK')
  running.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 0 })
})

test('the environment of mlflow server is as good as its flags', async () => {
  await using database = await createTestDatabase()
  using folder = testProject({})
  const running = folder.start(['server'], { MLFLOW_BACKEND_STORE_URI: database.uri, MLFLOW_PORT: '0' })
  await running.printed('tracking server at http://127.0.0.1:')
  running.kill('SIGINT')
  expect(await running.ended).toMatchObject({ code: 0 })
})

test.each([
  ['is unknown', ['--prot', '1'], 2, /unknown option '--prot'.*Did you mean --port\?/s],
  ['cannot be honoured', ['--app-name', 'basic-auth'], 1, /--app-name: users and passwords are not built yet/],
  ['has a wrong value', ['--port', 'x'], 1, /--port: expected a number/],
  ['names another kind of database', ['--backend-store-uri', 'sqlite:///x.db'], 1, /only PostgreSQL is supported/],
])('a flag that %s is said so, and nothing is started', async (_how, flags, code, words) => {
  using folder = testProject({})
  expect(await folder.waymark(['server', ...flags])).toMatchObject({
    code,
    stdout: '',
    stderr: expect.stringMatching(words),
  })
})

test('a port that is taken is an error that says what to do', async () => {
  await using database = await createTestDatabase()
  using folder = testProject({})
  const first = folder.start(['server', '--backend-store-uri', database.uri, '--port', '0'])
  await first.printed('tracking server at ')
  const port = /:(\d+)\n/.exec(first.soFar())?.[1] ?? ''
  const second = await folder.waymark(['server', '--backend-store-uri', database.uri, '--port', port])
  expect(second).toMatchObject({ code: 1, stderr: expect.stringMatching(/Cannot listen on 127\.0\.0\.1:\d+.*--port/) })
  first.kill('SIGTERM')
  await first.ended
})

test('a server with its own database is found by a repro in its folder, until it ends', async () => {
  using project = toyProject({ tracking: 'experiment_name: found' })
  await chmod(project.root, 0o755) // PostgreSQL runs as another account where the tests run as root
  const running = project.start(['server', '--port', '0'])
  await running.printed('tracking server at http://127.0.0.1:')
  const url = /http:\S+/.exec(running.soFar())?.[0]
  expect(JSON.parse(project.read('.waymark/server.json'))).toEqual({ tracking_uri: url, pid: running.pid })
  const { stdout, stderr } = await project.waymark(['repro'])
  expect({ stdout, stderr }).toEqual({ stdout: expect.stringContaining(`${url}/experiments/`), stderr: '' })
  expect(await readdir(`${project.root}/.waymark/artifacts`)).not.toEqual([])
  running.kill('SIGTERM')
  await running.ended
  expect(await readdir(`${project.root}/.waymark`)).not.toContain('server.json')
  expect(project.git('init', '-q') + project.git('status', '--short')).not.toContain('.waymark')
}, 60_000)

test('a server whose port is taken leaves no folder behind', async () => {
  using folder = testProject({})
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const { code, stderr } = await folder.waymark(['server', '--port', String(port)])
  other.close()
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`Cannot listen on 127.0.0.1:${port}`) })
  expect(await readdir(folder.root)).toEqual([])
})
