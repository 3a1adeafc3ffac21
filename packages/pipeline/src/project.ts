import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { readCacheConfig } from '@waymark/content-store/cache-config'
import { ContentCache } from '@waymark/content-store/content-cache'
import type { FingerprintOptions } from '@waymark/content-store/fingerprint'
import { HashState } from '@waymark/content-store/hash-state'
import { dvcIgnore } from '@waymark/content-store/ignore-rules'
import { writeBeside } from '@waymark/content-store/write-beside'
import { PipelineError, quote } from './errors.ts'
import { Lockfile } from './lockfile.ts'
import { type ParamsFiles, paramsFiles } from './params-file.ts'
import { readPipelineFile } from './pipeline-file.ts'
import { refuseUnfitOuts } from './refuse-outs.ts'
import { resolveStages } from './resolve-stages.ts'
import { RunCache } from './run-cache.ts'
import type { Stage } from './stage.ts'
import { findStageFiles, lockOf } from './stage-files.ts'

/** A project opened for looking at it or reproducing it. */
export interface Project {
  readonly root: string
  readonly stateFolder: string
  readonly stages: readonly Stage[]
  readonly cache: ContentCache
  readonly runCache: RunCache
  readonly hashing: FingerprintOptions
  readonly params: ParamsFiles
  lock(stage: Stage): Lockfile
}

/**
 * The root of the project that a folder lies in: the nearest folder at or above it with a `.dvc/` or `.waymark/` that a
 * repro has worked in or that has a config (one with a server's data only is none), else the topmost one with
 * `pipeline.yaml` or `dvc.yaml`, within the git repository.
 * @returns undefined where there is none
 */
export function findRoot(cwd: string): string | undefined {
  let found: string | undefined
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const states = [join(folder, '.dvc'), join(folder, '.waymark')]
    if (states.some((state) => existsSync(join(state, 'config')) || existsSync(join(state, 'tmp')))) return folder
    if (existsSync(join(folder, 'pipeline.yaml')) || existsSync(join(folder, 'dvc.yaml'))) found = folder
    if (existsSync(join(folder, '.git')) && found !== undefined) return found
    if (dirname(folder) === folder) return found
  }
}

/** Where a project keeps cache and temporary files: `.dvc` where there is one, else `.waymark`. */
export function stateFolderOf(root: string): string {
  const dvc = join(root, '.dvc')
  return existsSync(dvc) ? dvc : join(root, '.waymark')
}

/** @throws {PipelineError} where a stage file is wrong */
export async function openProject(root: string, signal?: AbortSignal): Promise<Project> {
  const realRoot = realpathSync(root)
  const stateFolder = stateFolderOf(realRoot)
  const ignored = dvcIgnore(realRoot)
  const stages: Stage[] = []
  for (const file of findStageFiles(realRoot, ignored)) {
    stages.push(...(await resolveStages(realRoot, stateFolder, readPipelineFile(realRoot, file))))
  }
  refuseEqualNames(stages)
  refuseUnfitOuts(realRoot, stages, ignored)
  const config = readCacheConfig(stateFolder)
  const locks = new Map<string, Lockfile>()
  return {
    root: realRoot,
    stateFolder,
    stages,
    cache: new ContentCache(config),
    runCache: new RunCache(config.dir),
    hashing: {
      root: realRoot,
      ignored,
      state: new HashState(join(stateFolder, 'tmp', 'hashes.json'), realRoot),
      signal,
    },
    params: paramsFiles(),
    lock(stage) {
      const shown = lockOf(stage.file)
      const known = locks.get(shown) ?? new Lockfile(join(realRoot, shown), shown)
      locks.set(shown, known)
      return known
    },
  }
}

/** Makes the state folder, with the `.gitignore` that keeps it out of git. */
export function makeStateFolder(project: Project): void {
  mkdirSync(join(project.stateFolder, 'tmp'), { recursive: true })
  const gitignore = join(project.stateFolder, '.gitignore')
  const lines = project.stateFolder.endsWith('.dvc') ? '/config.local\n/tmp\n/cache\n' : '*\n'
  if (!existsSync(gitignore)) writeBeside(gitignore, lines)
}

function refuseEqualNames(stages: readonly Stage[]): void {
  const byAddress = new Map<string, Stage>()
  for (const stage of stages) {
    // Files of one folder share their names, whichever file comes first.
    const address = `${dirname(stage.file)}:${stage.name}`
    const other = byAddress.get(address)
    if (other) {
      throw new PipelineError(
        `${stage.where} stage ${quote(stage.name)} is also in ${other.where}. Give one of them another name`,
      )
    }
    byAddress.set(address, stage)
  }
}
