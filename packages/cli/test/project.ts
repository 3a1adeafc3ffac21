import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const program = join(import.meta.dirname, '../bin/waymark')

/** A project in a temp folder, and the real program to be run in it. */
export interface TestProject extends Disposable {
  readonly root: string
  write(path: string, content: string): void
  read(path: string): string
  git(...args: string[]): string
  /** Runs `waymark …` to its end. */
  waymark(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>
  /** Starts `waymark …` and leaves it running. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running
}

export interface Ended {
  /** undefined where a signal ended it */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  /** Resolves once it has printed this text, on stdout or stderr. */
  printed(text: string): Promise<void>
  /** What it has printed on stdout until now. */
  soFar(): string
  kill(signal: NodeJS.Signals): void
  /** Reads no more, as `| head` does. */
  closeStdout(): void
  readonly ended: Promise<Ended>
}

export function testProject(files: Readonly<Record<string, string>>): TestProject {
  const root = mkdtempSync(join(tmpdir(), 'waymark-cli-'))
  const running = new Set<Running>()
  const project: TestProject = {
    root,
    write(path, content) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), content)
    },
    read: (path) => readFileSync(join(root, path), 'utf8'),
    git(...args) {
      const identity = ['-c', 'user.name=Tester', '-c', 'user.email=tester@example.org']
      return execFileSync('git', [...identity, ...args], { cwd: root, encoding: 'utf8' }).trim()
    },
    waymark: (args, env) => project.start(args, env).ended,
    start(args, env = {}) {
      const one = startProgram(root, args, env)
      running.add(one)
      one.ended.finally(() => running.delete(one))
      return one
    },
    [Symbol.dispose]() {
      for (const one of running) one.kill('SIGKILL')
      rmSync(root, { recursive: true, force: true })
    },
  }
  for (const [path, content] of Object.entries(files)) project.write(path, content)
  return project
}

function startProgram(cwd: string, args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${program} cannot be started`)
  let stdout = ''
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code ?? undefined, stdout, stderr }))
  return {
    pid,
    ended,
    soFar: () => stdout,
    kill: (signal) => child.kill(signal),
    closeStdout: () => child.stdout.destroy(),
    async printed(text) {
      const isThere = () => stdout.includes(text) || stderr.includes(text)
      while (!isThere()) {
        const streams = [child.stdout, child.stderr].map((stream) => once(stream, 'data').then(() => true))
        const more = await Promise.race([...streams, ended.then(() => false)])
        if (!more && !isThere()) throw new Error(`it ended without ${text}:\n${stdout}\n${stderr}`)
      }
    },
  }
}
