import { type Dirent, existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { gitIgnore, type IgnoreRules } from '@waymark/content-store/ignore-rules'
import { PipelineError, quote } from './errors.ts'

const names = ['pipeline.yaml', 'dvc.yaml']

/** Folders whose stage files are not the project's; MLflow's stores keep those of runs. */
const foreign = new Set(['node_modules', '.git', 'mlartifacts', 'mlruns'])

/**
 * The stage files of a project, posix and relative to its root, in a fixed order: a folder's own first, then its sub
 * folders by name. Not searched are folders that `.dvcignore` or `.gitignore` name, {@link foreign} ones, and projects
 * inside.
 */
export function findStageFiles(root: string, dvcIgnored: IgnoreRules): string[] {
  const found: string[] = []
  const git = findGitRoot(root)
  const gitIgnored = git === undefined ? undefined : gitIgnore(git)
  const prefix = git === undefined ? '' : relative(git, root).replaceAll('\\', '/')
  search('')
  return found

  function search(folder: string): void {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    if (folder !== '' && entries.some(({ name }) => name === '.dvc')) return
    for (const name of names) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (entries.some((entry) => entry.name === name && !entry.isDirectory()) && !dvcIgnored.match(path, false)) {
        refuseIgnored(path)
        found.push(path)
      }
    }
    const folders = entries.filter((entry) => entry.isDirectory() && !foreign.has(entry.name))
    for (const { name } of folders.sort(byName)) {
      const path = folder === '' ? name : `${folder}/${name}`
      if (dvcIgnored.match(path, true) || gitIgnored?.match(fromGit(path), true)) continue
      search(path)
    }
  }

  /** A stage file or lock that git does not keep would be lost with the next clone. */
  function refuseIgnored(path: string): void {
    for (const each of [path, lockOf(path)]) {
      const match = gitIgnored?.match(fromGit(each), false)
      if (match) {
        throw new PipelineError(
          `Cannot use ${quote(each)}: git ignores it by the rule ${quote(match.pattern)} of ${match.file}. Take the rule out, or add !${each.split('/').at(-1)} behind it`,
        )
      }
    }
  }

  function fromGit(path: string): string {
    return prefix === '' ? path : `${prefix}/${path}`
  }
}

/** `pipeline.lock` beside `pipeline.yaml`, `dvc.lock` beside `dvc.yaml`. */
export function lockOf(stageFile: string): string {
  return stageFile.replace(/\.yaml$/, '.lock')
}

/** The folder with `.git` at or above this one. */
export function findGitRoot(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (dirname(folder) === folder) return undefined
  }
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1
}
