import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'

/** A repro running as a process of its own. */
export interface ReproProcess {
  /** Resolves with the first event of that kind. */
  event(kind: string): Promise<{ readonly text?: string; readonly states?: Record<string, string> }>
  kill(signal: NodeJS.Signals): void
  readonly ended: Promise<unknown>
}

export function startRepro(
  root: string,
  options: { nodeFlags?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): ReproProcess {
  const program = join(import.meta.dirname, 'repro-program.ts')
  const child = spawn(process.execPath, [...(options.nodeFlags ?? []), program, root], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...options.env },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  return follow(child)
}

function follow(child: ChildProcess): ReproProcess {
  const told = new Map<string, object>()
  const waiting = new Map<string, (event: object) => void>()
  if (child.stdout) {
    createInterface(child.stdout).on('line', (line) => {
      const event = JSON.parse(line)
      if (!told.has(event.kind)) told.set(event.kind, event)
      waiting.get(event.kind)?.(event)
    })
  }
  return {
    event: (kind) =>
      new Promise((resolve) => {
        const known = told.get(kind)
        if (known) resolve(known)
        else waiting.set(kind, resolve)
      }),
    kill: (signal) => void child.kill(signal),
    ended: once(child, 'close'),
  }
}
