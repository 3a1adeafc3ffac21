import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { CommandOutcome, Executor } from '../src/executors/executor.ts'

/** What every kind of executor promises. */
export function executorKeepsItsPromises(executor: Executor): void {
  test('output arrives as written, whole characters, and the exit code is told', async () => {
    const { outcome, stdout, stderr } = await run(executor, 'printf "é\\n"; echo oops >&2; exit 7')
    expect(outcome).toEqual({ kind: 'exited', exitCode: 7 })
    expect([stdout, stderr]).toEqual(['é\n', 'oops\n'])
  })

  test('all output is told before the end, however much', async () => {
    const { stdout } = await run(executor, 'seq 1 200000')
    expect(stdout.length).toBe(1_288_895)
    expect(stdout.endsWith('\n200000\n')).toBe(true)
  })

  test('a script of many lines is one shell, in the folder and environment given', async () => {
    const { stdout, cwd } = await run(executor, 'x=$GREETING\nif true; then\n  echo "$x $PWD"\nfi')
    expect(stdout).toBe(`hello ${cwd}\n`)
  })

  test('a command killed by a signal is told as such', async () => {
    const { outcome } = await run(executor, 'kill -9 $$')
    expect(outcome).toEqual({ kind: 'killed', signal: 'SIGKILL' })
  })

  test('a command that is told to stop can clear up; what it started ends with it', async () => {
    const stop = new AbortController()
    const { outcome, stdout } = await run(
      executor,
      'trap "echo cleared; exit 5" TERM; sleep 1000 & echo ready; wait',
      stop,
    )
    expect(outcome).toEqual({ kind: 'exited', exitCode: 5 })
    expect(stdout).toContain('cleared')
  })

  test('what a command leaves running in the background is not waited for, and is told', async () => {
    const { outcome, stdout } = await run(executor, 'sleep 1000 & echo "pid $!"')
    onTestFinished(() => void process.kill(Number(stdout.split(' ')[1])))
    expect(outcome).toEqual({ kind: 'exited', exitCode: 0, leftRunning: true })
  })

  test('a command that has ended is not said to go on where this program itself was held up', async () => {
    const running = executor.run(
      { script: 'echo done', cwd: tmpdir(), env: { PATH: process.env['PATH'] ?? '' } },
      { lingerMs: 100, onOutput: () => setImmediate(() => block(200)) },
    )
    block(500) // its output and its end arrive together, and before what follows them it is held up again
    expect(await running).toEqual({ kind: 'exited', exitCode: 0 })
  })

  test('a command that does not listen is ended', async () => {
    const stop = new AbortController()
    const { outcome } = await run(executor, 'trap "" TERM; echo ready; while true; do sleep 0.1; done', stop)
    expect(outcome).toEqual({ kind: 'killed', signal: 'SIGKILL' })
  })
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** @param stop aborted as soon as the command has written something */
async function run(
  executor: Executor,
  script: string,
  stop = new AbortController(),
): Promise<{ outcome: CommandOutcome; stdout: string; stderr: string; cwd: string }> {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'executor-')))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  const output = { stdout: '', stderr: '' }
  const isToStop = script.includes('ready')
  const outcome = await executor.run(
    { script, cwd, env: { PATH: process.env['PATH'] ?? '', GREETING: 'hello' } },
    {
      signal: stop.signal,
      graceMs: 500,
      lingerMs: 100,
      onOutput(stream, text) {
        output[stream] += text
        if (isToStop) stop.abort()
      },
    },
  )
  return { outcome, ...output, cwd }
}
