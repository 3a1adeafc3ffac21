import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PrerequisiteError } from './python.ts'
import type { Suite } from './suite.ts'

const run = promisify(execFile)
const version = 'v1.8.0'

/** The S3 store on a real S3 server: the one in WAYMARK_TEST_S3, else the one that compose brings. */
export const s3Store: Suite = {
  name: 's3',
  about: 'the S3 store against a real S3 server',
  async run({ root, say }) {
    const given = process.env['WAYMARK_TEST_S3']
    if (given) return conformance(root, given, say)
    await using server = await startGateway(root)
    return await conformance(root, server.address, say) // the server must outlive it
  },
}

async function conformance(root: string, address: string, say: (line: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'waymark-s3-report-'))
  const output = join(folder, 'report.json')
  const config = join(root, 'packages/storage/compat/vitest.config.ts')
  const words = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    config,
    '--reporter=json',
    `--outputFile=${output}`,
  ]
  const env = { ...process.env, WAYMARK_TEST_S3: address }
  await run(process.execPath, words, { cwd: root, env, maxBuffer: 64 * 1024 * 1024 }).catch(
    () => undefined, // failed tests are told in the report
  )
  const report = JSON.parse(await readFile(output, 'utf8')) as {
    testResults: { assertionResults: { status: string; title: string; failureMessages: string[] }[] }[]
  } // vitest's JSON reporter
  await rm(folder, { recursive: true })
  const tests = report.testResults.flatMap((file) => file.assertionResults)
  for (const test of tests) {
    say(`${test.status === 'passed' ? 'ok' : 'not ok'} ${test.title}`)
    for (const message of test.failureMessages) say(message)
  }
  const passed = tests.filter((test) => test.status === 'passed').length
  return { passed, failed: tests.length === 0 ? 1 : tests.length - passed }
}

/** versitygw, the S3 server of our compose file, built once with Go. */
async function startGateway(root: string): Promise<AsyncDisposable & { address: string }> {
  const program = await gatewayProgram(root)
  const folder = await mkdtemp(join(tmpdir(), 'waymark-s3-'))
  const [user, secret] = [randomBytes(9).toString('hex'), randomBytes(18).toString('hex')]
  const port = await freePort()
  const child = spawn(program, ['--port', `127.0.0.1:${port}`, '--health', '/health', 'posix', folder], {
    env: { PATH: process.env['PATH'], ROOT_ACCESS_KEY_ID: user, ROOT_SECRET_ACCESS_KEY: secret },
    stdio: 'ignore',
  })
  const ended = once(child, 'close')
  await answering(`http://127.0.0.1:${port}/health`)
  return {
    address: `http://${user}:${secret}@127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function gatewayProgram(root: string): Promise<string> {
  const folder = join(root, '.waymark', 'versitygw', version)
  const program = join(folder, 'versitygw')
  if (await stat(program).catch(() => undefined)) return program
  await mkdir(folder, { recursive: true })
  const words = ['install', `github.com/versity/versitygw/cmd/versitygw@${version}`]
  await run('go', words, { env: { ...process.env, GOBIN: folder }, maxBuffer: 64 * 1024 * 1024 }).catch(
    (error: Error) => {
      throw new PrerequisiteError(
        `Cannot build the S3 server: ${error.message.split('\n')[0]}. Install Go, or set WAYMARK_TEST_S3=http://key:secret@host:port of an S3 server`,
      )
    },
  )
  return program
}

async function answering(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await fetch(url).catch(() => undefined))?.ok) return
    await sleep(50)
  }
  throw new Error(`${url} does not answer`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server has an address')
  return address.port
}
