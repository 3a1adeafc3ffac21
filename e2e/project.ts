import { execFile, spawn } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { parseDocument } from 'yaml'

const run = promisify(execFile)
const checkout = join(import.meta.dirname, '..')

/** A copy of this checkout in a folder of its own, committed to git there, with the packages already installed. */
export interface Project extends AsyncDisposable {
  readonly root: string
  /** Sets one key of config.yaml, as a user would in an editor. */
  configure(path: readonly string[], value: unknown): Promise<void>
  /** `npx waymark <args>` in the project. */
  waymark(args: readonly string[]): Promise<{ code: number; output: string }>
}

/** `npm start` of a project, as a process. */
export interface RunningHouse extends AsyncDisposable {
  readonly trackingUri: string
  readonly predictionUri: string
  /** ms from the start of the process until it said where to look */
  readonly readyMs: number
  /** Everything it printed so far. */
  output(): string
  /** Sends SIGTERM. @returns the exit code, and how long the end took. */
  stop(): Promise<{ code: number | null; ms: number }>
}

export async function copyProject(): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), 'waymark-e2e-'))
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
    maxBuffer: 2 ** 24,
  })
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await copyFile(join(checkout, file), join(root, file))
  }
  await symlink(join(checkout, 'node_modules'), join(root, 'node_modules'))
  const author = ['-c', 'user.name=e2e', '-c', 'user.email=e2e@localhost']
  await run('git', ['init', '-q', '-b', 'main'], { cwd: root })
  await run('git', ['add', '-A'], { cwd: root, maxBuffer: 2 ** 24 })
  await run('git', [...author, 'commit', '-qm', 'A project'], { cwd: root })
  const config = join(root, 'config.yaml')
  return {
    root,
    async configure(path, value) {
      const document = parseDocument(await readFile(config, 'utf8'))
      document.setIn(path, document.createNode(value))
      await writeFile(config, document.toString())
    },
    waymark: (args) => waymarkIn(root, args),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

async function waymarkIn(root: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(join(root, 'node_modules/.bin/waymark'), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const ended = Promise.withResolvers<number>()
  child.once('error', ended.reject)
  child.once('close', (code) => ended.resolve(code ?? 1))
  return { code: await ended.promise, output }
}

/** Runs `npm start` on free ports until it says where to look, the first repro included. */
export async function startHouse(project: Project): Promise<RunningHouse> {
  const started = performance.now()
  const child = spawn(
    process.execPath,
    [join(project.root, 'tools/start.ts'), '--port', '0', '--prediction-port', '0'],
    {
      cwd: project.root,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  const closed = Promise.withResolvers<number | null>()
  const ready = Promise.withResolvers<{ trackingUri: string; predictionUri: string; readyMs: number }>()
  child.once('error', ready.reject)
  child.once('close', (code) => {
    closed.resolve(code)
    ready.reject(new Error(`npm start ended with ${code}:\n${output}`))
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const tracking = /experiments and runs +(\S+)/.exec(output)?.[1]
      const prediction = /predictions +(\S+)\/invocations/.exec(output)?.[1]
      if (tracking && prediction) {
        ready.resolve({ trackingUri: tracking, predictionUri: prediction, readyMs: performance.now() - started })
      }
    })
  }
  const stop = async () => {
    const asked = performance.now()
    child.kill('SIGTERM')
    return { code: await closed.promise, ms: performance.now() - asked }
  }
  const places = await ready.promise
  return {
    ...places,
    output: () => output,
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop()
    },
  }
}
