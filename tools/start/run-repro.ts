import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** What a repro has to have ended within once it is told to, so that the whole house is down in 5 s. */
const graceMs = 3_000

/**
 * Runs `waymark repro` in `root`, its words on this terminal, logging to `trackingUri`.
 * It has a process group of its own: a Ctrl-C reaches it through `signal`, while the server it logs to still stands.
 * @returns its exit code.
 */
export async function runRepro(root: string, trackingUri: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted()
  const child = spawn(process.execPath, [join(root, 'packages/cli/src/main.ts'), 'repro'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    env: { ...process.env, MLFLOW_TRACKING_URI: trackingUri },
  })
  const ended = Promise.withResolvers<number>()
  child.once('error', ended.reject)
  child.once('exit', (code, by) => ended.resolve(code ?? (by === null ? 1 : 130)))
  const kill = () => {
    child.kill('SIGINT')
    setTimeout(() => killGroup(child.pid), graceMs).unref()
  }
  signal.addEventListener('abort', kill, { once: true })
  try {
    return await ended.promise
  } finally {
    signal.removeEventListener('abort', kill)
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
