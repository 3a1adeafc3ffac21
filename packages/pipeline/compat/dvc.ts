import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { StageResult } from '@waymark/pipeline/events'
import { readYaml } from '@waymark/pipeline/read-yaml'
import { reproduce } from '@waymark/pipeline/reproduce'
import { status } from '@waymark/pipeline/status'
import type { Read } from '@waymark/pipeline/values'
import { type Case, cases } from './cases.ts'

/** One check against the real DVC: what it is, and what differed. */
export interface Check {
  readonly name: string
  readonly error?: unknown
}

/**
 * Lets DVC and us alternate on the same projects, and compares verdicts, locks, caches and restored files.
 * @param bin folder of a Python environment's programs, with `dvc` in it
 */
export async function* dvcSuite(bin: string): AsyncGenerator<Check> {
  const dvc = new Dvc(join(bin, 'dvc'))
  for (const each of cases) {
    yield await check(`${each.name}: after our repro DVC has nothing to do`, () => oursThenTheirs(dvc, each))
    yield await check(`${each.name}: after DVC's repro we have nothing to do`, () => theirsThenOurs(dvc, each))
    yield await check(`${each.name}: the same lock, the same objects`, () => sameResults(dvc, each))
    if (each.restores !== false) {
      yield await check(`${each.name}: DVC restores from our run cache`, () => theyRestoreOurs(dvc, each))
      yield await check(`${each.name}: we restore from DVC's run cache`, () => weRestoreTheirs(dvc, each))
    }
    for (const [what, change] of Object.entries(each.changes ?? {})) {
      yield await check(`${each.name}: the same verdict, ${what}`, () => sameVerdict(dvc, each, change))
    }
  }
}

async function oursThenTheirs(dvc: Dvc, each: Case): Promise<void> {
  await using project = await makeProject(dvc, each)
  assertStates(await ours(project.root), 'ran')
  const lock = readTree(project.root, isLock)
  assert.deepEqual(await dvc.verdicts(project.root), {})
  const said = await dvc.run(project.root, 'repro')
  assert.doesNotMatch(said, /Running stage/)
  assert.deepEqual(readTree(project.root, isLock), lock, 'DVC changed our lock')
}

async function theirsThenOurs(dvc: Dvc, each: Case): Promise<void> {
  await using project = await makeProject(dvc, each)
  await dvc.run(project.root, 'repro', '--all-pipelines')
  const lock = readTree(project.root, isLock)
  const { stages } = await status(project.root)
  assert.deepEqual(
    stages.filter((stage) => stage.changes.length > 0),
    [],
  )
  assertStates(await ours(project.root), 'unchanged')
  assert.deepEqual(readTree(project.root, isLock), lock, 'we changed the lock of DVC')
}

async function sameResults(dvc: Dvc, each: Case): Promise<void> {
  await using here = await makeProject(dvc, each)
  await using there = await makeProject(dvc, each)
  await ours(here.root)
  await dvc.run(there.root, 'repro', '--all-pipelines')
  for (const isOfInterest of [isLock, (path: string) => path.startsWith('.dvc/cache/'), isWorkspace]) {
    assert.deepEqual(meanings(readTree(here.root, isOfInterest)), meanings(readTree(there.root, isOfInterest)))
  }
}

async function theyRestoreOurs(dvc: Dvc, each: Case): Promise<void> {
  await using project = await makeProject(dvc, each)
  const results = await ours(project.root)
  forget(project.root, results)
  const said = await dvc.run(project.root, 'repro', '--all-pipelines')
  assert.doesNotMatch(said, /Running stage/)
  assert.match(said, /is cached - skipping run/)
  assert.deepEqual(
    (await status(project.root)).stages.filter((stage) => stage.changes.length > 0),
    [],
  )
}

async function weRestoreTheirs(dvc: Dvc, each: Case): Promise<void> {
  await using project = await makeProject(dvc, each)
  await dvc.run(project.root, 'repro', '--all-pipelines')
  const lock = readTree(project.root, isLock)
  forget(
    project.root,
    (await status(project.root)).stages.map((stage) => stage.result),
  )
  assertStates(await ours(project.root), 'restored')
  assert.deepEqual(meanings(readTree(project.root, isLock)), meanings(lock))
  assert.deepEqual(await dvc.verdicts(project.root), {})
}

/** Which stages have changes; not which stages a repro would run after them. */
async function sameVerdict(dvc: Dvc, each: Case, change: (root: string) => void): Promise<void> {
  await using project = await makeProject(dvc, each)
  await ours(project.root)
  change(project.root)
  const { stages } = await status(project.root)
  const changed = stages.filter((stage) => stage.changes.length > 0).map((stage) => stage.name)
  assert.deepEqual(changed.sort(), Object.keys(await dvc.verdicts(project.root)).sort())
}

async function ours(root: string): Promise<readonly StageResult[]> {
  return (await reproduce({ root })).stages
}

function assertStates(stages: readonly StageResult[], state: StageResult['state']): void {
  assert.deepEqual(
    stages.map((stage) => [stage.name, stage.state, stage.error]),
    stages.map((stage) => [stage.name, state, undefined]),
  )
}

/** Outs and locks gone, as in a fresh clone that shares only the cache. */
function forget(root: string, stages: readonly StageResult[]): void {
  for (const stage of stages) {
    const folder = stage.name.includes(':') ? dirname(stage.name.split(':')[0] ?? '') : '.'
    for (const out of stage.outs) rmSync(join(root, folder, out.path), { recursive: true, force: true })
  }
  for (const path of Object.keys(readTree(root, isLock))) rmSync(join(root, path))
}

interface TempProject extends AsyncDisposable {
  readonly root: string
}

let madeProject: Promise<string> | undefined

async function makeProject(dvc: Dvc, each: Case): Promise<TempProject> {
  // `dvc init` takes most of a second; its result is the same each time.
  madeProject ??= initialised(dvc)
  const root = mkdtempSync(join(tmpdir(), 'dvc-compat-'))
  cpSync(await madeProject, root, { recursive: true })
  for (const [path, text] of Object.entries(each.files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    if (path.endsWith('.sh')) chmodSync(join(root, path), 0o755)
  }
  return {
    root,
    async [Symbol.asyncDispose]() {
      rmSync(root, { recursive: true, force: true })
    },
  }
}

async function initialised(dvc: Dvc): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'dvc-init-'))
  await execute('git', ['init', '-q'], root)
  await dvc.run(root, 'init', '-q')
  process.on('exit', () => rmSync(root, { recursive: true, force: true }))
  return root
}

class Dvc {
  readonly #program: string

  constructor(program: string) {
    this.#program = program
  }

  run(root: string, ...args: string[]): Promise<string> {
    return execute(this.#program, args, root)
  }

  /** What `dvc status` finds changed, by stage. */
  async verdicts(root: string): Promise<Record<string, unknown>> {
    const said = await this.run(root, 'status', '--json')
    const value: unknown = JSON.parse(said.slice(said.indexOf('{')))
    assert.ok(typeof value === 'object' && value !== null)
    return { ...value }
  }
}

/** @returns what it wrote to both streams */
function execute(program: string, args: readonly string[], cwd: string): Promise<string> {
  const env = { ...process.env, DVC_NO_ANALYTICS: '1', DVC_SITE_CACHE_DIR: join(tmpdir(), 'dvc-compat-site') }
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, encoding: 'utf8' }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')} failed: ${stdout}${stderr}`, { cause: error }))
      else resolve(`${args.includes('--json') ? '' : stderr}${stdout}`)
    })
  })
}

async function check(name: string, work: () => Promise<void>): Promise<Check> {
  try {
    await work()
    return { name }
  } catch (error) {
    return { name, error }
  }
}

/** Locks and run-cache entries as what they say, in their order: where lines are folded is a matter of taste. */
function meanings(tree: Record<string, string>): Record<string, unknown> {
  const isYaml = (path: string) => isLock(path) || path.startsWith('.dvc/cache/runs/')
  return Object.fromEntries(
    Object.entries(tree).map(([path, text]) => [path, isYaml(path) ? ordered(readYaml(text, path).value) : text]),
  )
}

/** Maps as lists of pairs, so that a comparison sees their order. */
function ordered(value: Read): unknown {
  if (value instanceof Map) return [...value].map(([key, item]) => [key, ordered(item)])
  return Array.isArray(value) ? value.map(ordered) : value
}

function isLock(path: string): boolean {
  return path.endsWith('dvc.lock')
}

function isWorkspace(path: string): boolean {
  return !path.startsWith('.dvc/') && !path.startsWith('.git/')
}

/** Text of all files by path. */
function readTree(root: string, isOfInterest: (path: string) => boolean): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1)).filter(isOfInterest)
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}
