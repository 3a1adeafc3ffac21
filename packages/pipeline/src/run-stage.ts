import { mkdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { checkout } from '@waymark/content-store/checkout'
import { type Fingerprint, fingerprint } from '@waymark/content-store/fingerprint'
import { quote } from './errors.ts'
import type { Executor } from './executors/executor.ts'
import { ignoreOuts } from './git-ignored-outs.ts'
import { tokenVariable } from './leftover-processes.ts'
import type { LockEntry, LockPath } from './lockfile.ts'
import { moveOutsAside } from './outs-aside.ts'
import type { Project } from './project.ts'
import { lookAtInputs, rememberFolders, type SeenParams, type SeenPath, type Snapshot } from './snapshot.ts'
import type { Stage } from './stage.ts'
import { sameValue, type Value } from './values.ts'

export interface StageHooks {
  readonly signal: AbortSignal
  readonly env: Readonly<Record<string, string>>
  readonly executor: Executor
  onOutput(stream: 'stdout' | 'stderr', text: string): void
  /** One line for people about something that happened by the way. */
  onNote(text: string): void
}

/** A stage that did not succeed; its lock entry and earlier outs are as they were. */
export class StageFailure extends Error {
  readonly exitCode: number | undefined

  constructor(message: string, options: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options)
    this.name = 'StageFailure'
    this.exitCode = options.exitCode
  }
}

/**
 * Runs a stage's command, keeps its outs in the cache and writes its lock entry.
 * @returns the new entry
 * @throws {StageFailure}
 */
export async function runStage(project: Project, stage: Stage, now: Snapshot, hooks: StageHooks): Promise<LockEntry> {
  refuseMissingInputs(stage, now)
  if (!statSync(stage.wdir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StageFailure(
      `${stage.where} the working folder ${quote(relative(project.root, stage.wdir))} does not exist. Make it, or change wdir`,
    )
  }
  await keepOwnChanges(project, stage, now, hooks)
  const aside = await moveOutsAside(project, stage)
  let dropping = false
  try {
    for (const out of stage.outs) mkdirSync(dirname(out.at), { recursive: true })
    await runCommands(project, stage, aside.token, hooks)
    const entry = await keepResults(project, stage, now, hooks)
    hooks.signal.throwIfAborted()
    ignoreOuts(project.root, stage)
    aside.committing(entry)
    project.lock(stage).set(stage.name, entry)
    dropping = true
    return entry
  } finally {
    await (dropping ? aside.drop() : aside.putBack())
  }
}

/**
 * Checks out what a stage has made before from the same inputs.
 * @returns the entry it was restored by; undefined where the cache does not have it
 */
export async function restoreStage(
  project: Project,
  stage: Stage,
  now: Snapshot,
  locked: LockEntry | undefined,
  inputsUnchanged: boolean,
  hooks: Pick<StageHooks, 'onNote' | 'signal'>,
): Promise<LockEntry | undefined> {
  await keepUncached(project, now, locked)
  const known = await restorable(project, stage, now, locked, inputsUnchanged)
  if (!known) return undefined
  for (const out of stage.outs) {
    const wanted = known.outs.find((each) => each.path === out.path)
    if (!wanted?.md5) continue
    hooks.signal.throwIfAborted()
    const { kept } = await checkout(out.at, { md5: wanted.md5, isexec: wanted.isexec }, project.cache, project.hashing)
    noteKept(stage, kept, hooks)
  }
  ignoreOuts(project.root, stage)
  // The inputs of a frozen stage may have moved on; they are not what it was made from.
  const entry: LockEntry = stage.frozen ? known : { ...inputEntry(stage, now), outs: known.outs }
  project.lock(stage).set(stage.name, entry)
  if (isRunCacheable(project, stage)) project.runCache.save(entry)
  rememberFolders(
    project,
    now.deps.map((dep) => dep.content),
  )
  return entry
}

/** The inputs of a stage as a lock entry has them. */
export function inputEntry(stage: Stage, now: Pick<Snapshot, 'deps' | 'params'>): LockEntry {
  return {
    cmd: stage.cmd,
    deps: now.deps.map((dep) => lockPath(dep.path, dep.content)),
    params: new Map(now.params.map((seen) => [seen.path, seen.values ?? new Map<string, Value>()])),
    outs: stage.outs.map((out) => ({ path: out.path })),
  }
}

/** An out that is still what the stage made, but whose object is gone from the cache, needs no run to get it back. */
async function keepUncached(project: Project, now: Snapshot, locked: LockEntry | undefined): Promise<void> {
  for (const { path, content, inCache } of now.outs) {
    const md5 = locked?.outs.find((each) => each.path === path)?.md5
    if (!inCache && content && content.md5 === md5) await project.cache.save(content)
  }
}

async function restorable(
  project: Project,
  stage: Stage,
  now: Snapshot,
  locked: LockEntry | undefined,
  inputsUnchanged: boolean,
): Promise<LockEntry | undefined> {
  if (!isRunCacheable(project, stage)) return undefined
  if (inputsUnchanged && locked && (await isRestorable(project, stage, locked))) return locked
  if (stage.frozen || missingInput(now)) return undefined
  for (const entry of project.runCache.find(inputEntry(stage, now)))
    if (await isRestorable(project, stage, entry)) return entry
  return undefined
}

async function isRestorable(project: Project, stage: Stage, entry: LockEntry): Promise<boolean> {
  for (const out of stage.outs) {
    const md5 = entry.outs.find((each) => each.path === out.path)?.md5
    if (md5 === undefined || !(await project.cache.hasWhole(md5))) return false
  }
  return true
}

/** DVC's rule for which stages its run cache knows. */
function isRunCacheable(project: Project, stage: Stage): boolean {
  const isInside = (path: string) => path.startsWith(`${project.root}/`)
  return (
    stage.deps.length + stage.params.length > 0 &&
    stage.outs.length > 0 &&
    !stage.alwaysChanged &&
    stage.outs.every((out) => !out.persist && isInside(out.at)) &&
    stage.outs.every((out) => out.cache || out.role !== 'out')
  )
}

function refuseMissingInputs(stage: Stage, now: Snapshot): void {
  const missing = missingInput(now)
  if (!missing) return
  if (missing.keys) {
    const names = missing.keys.map((key) => `'${key}'`).join(', ')
    throw new StageFailure(
      `${stage.where} the params ${names} are missing from ${quote(missing.path)}. Add them, or take them out of the stage`,
    )
  }
  throw new StageFailure(
    `${stage.where} dependency ${quote(missing.path)} does not exist, and no stage makes it. Add the file, or a stage that makes it`,
  )
}

function missingInput(now: Snapshot): { path: string; keys?: readonly string[] } | undefined {
  for (const { path, content } of now.deps) if (!content) return { path }
  for (const { path, keys, values } of now.params) {
    if (!values) return { path }
    const missing = keys === 'all' ? [] : keys.filter((key) => !values.has(key))
    if (missing.length > 0) return { path, keys: missing }
  }
  return undefined
}

/** Outs that are not what the stage left there may be somebody's work: they are kept before they give way. */
async function keepOwnChanges(project: Project, stage: Stage, now: Snapshot, hooks: StageHooks): Promise<void> {
  const locked = project.lock(stage).get(stage.name)
  for (const { out, content } of now.outs) {
    const known = locked?.outs.find((each) => each.path === out.path)?.md5
    if (!content || content.md5 === known || out.persist) continue
    const unsaved = []
    for (const file of content.files) if (!(await project.cache.has(file.md5))) unsaved.push(file)
    await project.cache.saveFiles(unsaved)
    noteKept(stage, unsaved, hooks)
  }
}

function noteKept(
  stage: Stage,
  kept: readonly { path: string; md5: string }[],
  hooks: Pick<StageHooks, 'onNote'>,
): void {
  const [first] = kept
  if (!first) return
  const more = kept.length > 1 ? ` and ${kept.length - 1} more files` : ''
  hooks.onNote(
    `${stage.address}: ${quote(first.path)}${more} was not made by this stage; its content is kept in the cache as ${first.md5}`,
  )
}

async function runCommands(project: Project, stage: Stage, token: string, hooks: StageHooks): Promise<void> {
  const env = {
    ...inherited(),
    ...hooks.env,
    PATH: [dirname(process.execPath), join(project.root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(':'),
    DVC_ROOT: project.root,
    DVC_STAGE: stage.address,
    [tokenVariable]: token,
  }
  for (const script of scriptsOf(stage.cmd)) {
    hooks.signal.throwIfAborted()
    const outcome = await hooks.executor.run(
      { script, cwd: stage.wdir, env },
      { signal: hooks.signal, onOutput: hooks.onOutput },
    )
    hooks.signal.throwIfAborted()
    if (outcome.kind === 'killed') throw new StageFailure(`failed to run: ${script}, ended by ${outcome.signal}`)
    if (outcome.exitCode !== 0) {
      throw new StageFailure(`failed to run: ${script}, exited with ${outcome.exitCode}`, {
        exitCode: outcome.exitCode,
      })
    }
  }
}

/** As in DVC each line of a text is a shell of its own; an item of a list is one, however many lines it has. */
function scriptsOf(cmd: string | readonly string[]): readonly string[] {
  if (typeof cmd !== 'string') return cmd
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what Python's splitlines takes for the end of a line
  return cmd.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/).filter((line) => line.trim() !== '')
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

/** Hashes and keeps the outs, and makes the entry. */
async function keepResults(project: Project, stage: Stage, before: Snapshot, hooks: StageHooks): Promise<LockEntry> {
  const cacheable = isRunCacheable(project, stage)
  const outs: LockPath[] = []
  for (const out of stage.outs) {
    const content = await fingerprint(out.at, project.hashing)
    if (!content)
      throw new StageFailure(
        `output ${quote(out.path)} does not exist after the command (${stage.where}). Let the command make it, or take it out`,
      )
    if (content.manifest && out.role === 'metric')
      throw new StageFailure(
        `directory ${quote(out.path)} cannot be used as metrics (${stage.where}). Name the file in it`,
      )
    if (out.cache || cacheable) await project.cache.save(content)
    outs.push(lockPath(out.path, content))
  }
  const after = await lookAtInputs(project, stage, undefined)
  const inputs = withoutMoved(stage, before, after, hooks)
  const entry: LockEntry = { ...inputs.entry, outs }
  if (cacheable && !inputs.moved) project.runCache.save(entry)
  rememberFolders(
    project,
    before.deps.map((dep) => dep.content),
  )
  return entry
}

/**
 * An input that changed while the command ran is left without hash or value: nobody can say which content the outs were
 * made from, so the next repro runs the stage again.
 */
function withoutMoved(
  stage: Stage,
  before: Snapshot,
  after: Pick<Snapshot, 'deps' | 'params'>,
  hooks: StageHooks,
): { entry: LockEntry; moved: boolean } {
  const movedDeps = before.deps.filter((dep, i) => dep.content?.md5 !== after.deps[i]?.content?.md5)
  const movedParams = before.params.flatMap((seen, i) => movedKeys(seen, after.params[i]))
  const names = [...movedDeps.map((dep) => quote(dep.path)), ...movedParams.map(([path, key]) => `${path} ${key}`)]
  for (const name of names)
    hooks.onNote(`${stage.address}: ${name} changed while the stage ran; the next repro runs it again`)
  const entry = inputEntry(stage, before)
  const isMoved = (dep: LockPath) => movedDeps.some((moved: SeenPath) => moved.path === dep.path)
  return {
    moved: names.length > 0,
    entry: {
      ...entry,
      deps: entry.deps.map((dep) => (isMoved(dep) ? { path: dep.path } : dep)),
      params: new Map(
        [...entry.params].map(([path, values]) => [
          path,
          new Map([...values].filter(([key]) => !movedParams.some(([file, moved]) => file === path && moved === key))),
        ]),
      ),
    },
  }
}

function movedKeys(before: SeenParams, after: SeenParams | undefined): [path: string, key: string][] {
  const keys = [...(before.values?.keys() ?? [])]
  return keys
    .filter((key) => {
      const now = after?.values?.get(key)
      return now === undefined || !sameValue(before.values?.get(key) ?? null, now)
    })
    .map((key) => [before.path, key])
}

function lockPath(path: string, content: Fingerprint | undefined): LockPath {
  if (!content) return { path }
  const { md5, size, nfiles, isexec } = content
  return { path, md5, size, ...(nfiles !== undefined && { nfiles }), ...(isexec && { isexec }) }
}
