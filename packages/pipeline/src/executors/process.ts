import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { hasCode } from '@waymark/content-store/fs-errors'
import type { CommandOutcome, Executor, ExecutorHooks, ShellCommand } from './executor.ts'

/** Runs commands as processes of this machine, each in a process group of its own. */
export const processExecutor: Executor = {
  run(command, hooks) {
    return new Promise((resolve, reject) => start(command, hooks, resolve, reject))
  },
}

/** `$SHELL` or `/bin/sh`, without the user's own start-up files: as DVC does. */
export function shellOf(env: Readonly<Record<string, string>>): { file: string; flags: readonly string[] } {
  const file = env['SHELL'] || '/bin/sh'
  const flags: Record<string, readonly string[]> = {
    bash: ['--noprofile', '--norc'],
    zsh: ['--no-rcs'],
    fish: ['--no-config'],
  }
  return { file, flags: flags[basename(file)] ?? [] }
}

/** However busy a process left in the background is, its output is not followed for longer. */
const lingerAtMostMs = 5000

function start(
  { script, cwd, env }: ShellCommand,
  { signal, onOutput, graceMs = 3000, lingerMs = 1000 }: ExecutorHooks,
  resolve: (outcome: CommandOutcome) => void,
  reject: (error: Error) => void,
): void {
  const shell = shellOf(env)
  const child = spawn(shell.file, [...shell.flags, '-c', script], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let outcome: CommandOutcome | undefined
  let exitedAt = 0
  let isQuiet = false
  let force: NodeJS.Timeout | undefined
  let linger: NodeJS.Timeout | undefined
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8')
    const tell = (text: string) => text !== '' && onOutput(name, text)
    child[name].on('data', (chunk: Buffer) => {
      tell(decoder.write(chunk))
      if (!linger || performance.now() - exitedAt > lingerAtMostMs) return
      isQuiet = false
      linger.refresh()
    })
    child[name].on('end', () => tell(decoder.end()))
  }
  const end = () => {
    signalGroup(child.pid, outcome ? 'SIGKILL' : 'SIGTERM')
    force = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs)
  }
  const settle = () => {
    signal?.removeEventListener('abort', end)
    clearTimeout(force)
    clearTimeout(linger)
  }
  if (signal?.aborted) end()
  else signal?.addEventListener('abort', end, { once: true })

  child.on('error', (error) => {
    settle()
    reject(error)
  })
  child.on('exit', (exitCode, killedBy) => {
    outcome = exitCode === null ? { kind: 'killed', signal: killedBy ?? 'a signal' } : { kind: 'exited', exitCode }
    exitedAt = performance.now()
    // Whatever an aborted command left running would go on writing to its outs.
    if (signal?.aborted) signalGroup(child.pid, 'SIGKILL')
    // Where this program was held up itself, what has arrived meanwhile is heard first: an end takes two turns.
    linger = setTimeout(() => {
      isQuiet = true
      setImmediate(() => setImmediate(leave))
    }, lingerMs)
  })
  const leave = () => {
    if (!isQuiet) return
    settle()
    for (const stream of [child.stdout, child.stderr]) letGo(stream)
    if (outcome) resolve(outcome.kind === 'exited' ? { ...outcome, leftRunning: true } : outcome)
  }
  // After 'exit' and the ends of both streams, so that all output has been told.
  child.on('close', () => {
    isQuiet = false
    settle()
    if (outcome) resolve(outcome)
  })
}

/** The process at the other end may go on writing, but nobody listens or waits for it. */
function letGo(stream: Readable): void {
  stream.removeAllListeners('data')
  stream.removeAllListeners('end')
  stream.resume()
  // What `spawn` gives for a pipe is a socket.
  ;(stream as Socket).unref()
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}
