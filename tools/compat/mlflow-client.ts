import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { runCases } from './run-cases.ts'
import type { Suite } from './suite.ts'

/**
 * MLflow's Python client, as it is, logs to `waymark server` and reads from it; MLflow's scoring server is asked what the
 * prediction app's cases ask.
 */
export const mlflowClient: Suite = {
  name: 'mlflow',
  about: "MLflow's Python client against waymark server, and its scoring server beside the prediction app",
  packages: ([, minor]) => [minor >= 10 ? 'mlflow==3.17.2' : 'mlflow==3.1.4'],
  async run({ root, python, say }) {
    const folder = await mkdtemp(join(tmpdir(), 'waymark-compat-'))
    await chmod(folder, 0o755) // PostgreSQL runs as another account where this runs as root
    try {
      await using server = await startServer(root, folder)
      const env = {
        PATH: process.env['PATH'],
        HOME: folder,
        TMPDIR: folder,
        MLFLOW_TRACKING_URI: server.url,
        MLFLOW_DISABLE_TELEMETRY: 'true',
        // a request that fails must fail now, not after minutes of retries
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: '2',
      }
      const cases = join(root, 'services/tracking-server/compat')
      const files = ['tracking.py', 'registry.py'].map((name) => join(cases, name))
      const client = await runCases(python, [join(cases, 'run_cases.py'), ...files], { env, say })
      const peak = await peakMegabytes(server.pid)
      if (peak !== undefined) say(`the server took ${peak} MB of memory at most`)
      const app = join(root, 'services/prediction-app')
      const scoring = await runCases(python, [join(app, 'compat/scoring.py'), join(app, 'test/cases')], { env, say })
      return { passed: client.passed + scoring.passed, failed: client.failed + scoring.failed }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function startServer(root: string, folder: string): Promise<AsyncDisposable & { url: string; pid: number }> {
  const words = [
    'server',
    '--port',
    '0',
    '--data-dir',
    join(folder, 'postgres'),
    '--artifacts-destination',
    join(folder, 'artifacts'),
  ]
  const child = spawn(join(root, 'packages/cli/bin/waymark'), words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  let url: string | undefined
  for await (const line of createInterface({ input: child.stdout })) {
    url = /https?:\/\/\S+/.exec(line)?.[0]
    if (url) break
  }
  child.stdout.resume()
  if (url === undefined || child.pid === undefined)
    throw new Error('Cannot run the suite: waymark server did not start; its words are above')
  return {
    url,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** @returns undefined where the kernel does not tell (proc(5): VmHWM). */
async function peakMegabytes(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(text)?.[1]
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024)
}
