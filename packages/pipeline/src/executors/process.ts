import { spawn } from 'node:child_process'
import { basename } from 'node:path'
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

function start(
  { script, cwd, env }: ShellCommand,
  { signal, onOutput, graceMs = 3000 }: ExecutorHooks,
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
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8')
    const tell = (text: string) => text !== '' && onOutput(name, text)
    child[name].on('data', (chunk: Buffer) => tell(decoder.write(chunk)))
    child[name].on('end', () => tell(decoder.end()))
  }
  let force: NodeJS.Timeout | undefined
  const end = () => {
    signalGroup(child.pid, 'SIGTERM')
    force = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMs)
  }
  if (signal?.aborted) end()
  else signal?.addEventListener('abort', end, { once: true })

  let outcome: CommandOutcome | undefined
  child.on('error', (error) => {
    signal?.removeEventListener('abort', end)
    clearTimeout(force)
    reject(error)
  })
  child.on('exit', (exitCode, killedBy) => {
    outcome = exitCode === null ? { kind: 'killed', signal: killedBy ?? 'a signal' } : { kind: 'exited', exitCode }
    // Whatever an aborted command left running would go on writing to its outs.
    if (signal?.aborted) signalGroup(child.pid, 'SIGKILL')
  })
  // After 'exit' and the ends of both streams, so that all output has been told.
  child.on('close', () => {
    signal?.removeEventListener('abort', end)
    clearTimeout(force)
    if (outcome) resolve(outcome)
  })
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}
