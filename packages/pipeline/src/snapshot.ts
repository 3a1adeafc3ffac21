import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Fingerprint, fingerprint } from '@waymark/content-store/fingerprint'
import { type ManifestEntry, readManifest } from '@waymark/content-store/manifest'
import { writeBeside } from '@waymark/content-store/write-beside'
import type { LockEntry, LockPath } from './lock-entry.ts'
import type { ParamsFiles } from './params-file.ts'
import type { Project } from './project.ts'
import type { Out, ParamsDep, Stage } from './stage.ts'
import type { Value } from './values.ts'

/** What a stage looks like now. */
export interface Snapshot {
  readonly cmd: string | readonly string[]
  readonly frozen: boolean
  readonly alwaysChanged: boolean
  readonly deps: readonly SeenPath[]
  readonly params: readonly SeenParams[]
  readonly outs: readonly SeenOut[]
}

export interface SeenPath {
  readonly path: string
  /** undefined where nothing is there */
  readonly content?: Fingerprint | undefined
  /** The files of the folder as it was when locked, where that is still known. */
  readonly lockedFiles?: readonly ManifestEntry[] | undefined
}

export interface SeenOut extends SeenPath {
  readonly out: Out
  /** Whether the cache holds what the lock names; true for an out that is not cached. */
  readonly inCache: boolean
}

export interface SeenParams {
  readonly path: string
  readonly keys: readonly string[] | 'all'
  /** undefined where there is no such file */
  readonly values?: ReadonlyMap<string, Value> | undefined
}

/** Looks at a stage's deps, params and outs. Folders and files whose stamps are unchanged are not read again. */
export async function takeSnapshot(project: Project, stage: Stage, locked: LockEntry | undefined): Promise<Snapshot> {
  const { deps, params } = await lookAtInputs(project, stage, locked)
  const outs: SeenOut[] = []
  for (const out of stage.outs) {
    const entry = locked?.outs.find((each) => each.path === out.path)
    const content = await fingerprint(out.at, project.hashing)
    const inCache = !out.cache || entry?.md5 === undefined || (await project.cache.hasWhole(entry.md5))
    outs.push({ path: out.path, content, out, inCache, lockedFiles: await lockedFiles(project, entry, content) })
  }
  return {
    cmd: stage.cmd,
    frozen: stage.frozen,
    alwaysChanged: stage.alwaysChanged || stage.deps.length + stage.params.length + stage.outs.length === 0,
    deps,
    params,
    outs,
  }
}

/** The part of a snapshot that a command reads. */
export async function lookAtInputs(
  project: Project,
  stage: Stage,
  locked: LockEntry | undefined,
): Promise<Pick<Snapshot, 'deps' | 'params'>> {
  const deps: SeenPath[] = []
  for (const dep of stage.deps) {
    const entry = locked?.deps.find((each) => each.path === dep.path)
    const content = await fingerprint(dep.at, project.hashing)
    deps.push({ path: dep.path, content, lockedFiles: await lockedFiles(project, entry, content) })
  }
  const params: SeenParams[] = []
  for (const dep of stage.params) params.push(await lookAtParams(dep, project.params))
  return { deps, params }
}

/** Remembers which files a folder had, so that a later change can be named to the file. Lost without harm. */
export function rememberFolders(project: Project, contents: readonly (Fingerprint | undefined)[]): void {
  for (const content of contents) {
    if (!content?.manifest) continue
    const file = manifestFile(project, content.md5)
    if (existsSync(file)) continue
    mkdirSync(join(file, '..'), { recursive: true })
    forgetOldest(join(file, '..'))
    writeBeside(file, content.manifest.text)
  }
}

const foldersRemembered = 200

function forgetOldest(folder: string): void {
  const names = readdirSync(folder)
  if (names.length < foldersRemembered) return
  const byAge = names
    .map((name) => ({ path: join(folder, name), mtimeMs: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.mtimeMs - a.mtimeMs)
  for (const { path } of byAge.slice(foldersRemembered / 2)) rmSync(path, { force: true })
}

async function lookAtParams(dep: ParamsDep, files: ParamsFiles): Promise<SeenParams> {
  const file = await files.read(dep.at, dep.path)
  return { path: dep.path, keys: dep.keys, values: file?.pick(dep.keys) }
}

async function lockedFiles(
  project: Project,
  entry: LockPath | undefined,
  content: Fingerprint | undefined,
): Promise<readonly ManifestEntry[] | undefined> {
  if (!entry?.md5?.endsWith('.dir') || entry.md5 === content?.md5) return undefined
  const file = manifestFile(project, entry.md5)
  if (statSync(file, { throwIfNoEntry: false })) return readManifest(readFileSync(file, 'utf8'), file)
  return (await project.cache.has(entry.md5)) ? project.cache.manifest(entry.md5) : undefined
}

function manifestFile(project: Project, md5: string): string {
  return join(project.stateFolder, 'tmp', 'manifests', md5)
}
