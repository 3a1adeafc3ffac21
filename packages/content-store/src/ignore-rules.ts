import { join } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { readTextOf } from './read-text.ts'

const neverTracked = new Set(['.hg', '.git', '.dvc', '.waymark'])

/** The rules of one kind of ignore file (`.dvcignore`, `.gitignore`) in a tree; read folder by folder when asked. */
export interface IgnoreRules {
  /** Whether the path (posix, relative to the root) or a folder above it is ignored, and by which rule of which file. */
  match(path: string, isFolder: boolean): IgnoreMatch | undefined
}

export interface IgnoreMatch {
  readonly file: string
  readonly pattern: string
}

/** `.dvcignore` files from the root down, and what DVC and we never look into. Gitignore syntax; inner files win. */
export function dvcIgnore(root: string): IgnoreRules {
  // DVC strips each line, git only its end.
  return ignoreRules(root, '.dvcignore', neverTracked, (text) => text.replaceAll(/^[ \t]+|[ \t]+$/gm, ''))
}

/** `.gitignore` files from the repository's root down. */
export function gitIgnore(root: string): IgnoreRules {
  return ignoreRules(root, '.gitignore', new Set(['.git']))
}

function ignoreRules(
  root: string,
  fileName: string,
  always: ReadonlySet<string>,
  clean: (text: string) => string = (text) => text,
): IgnoreRules {
  const perFolder = new Map<string, Ignore | undefined>()
  const folderVerdicts = new Map<string, IgnoreMatch | undefined>()

  return { match }

  function match(path: string, isFolder: boolean): IgnoreMatch | undefined {
    const slash = path.lastIndexOf('/')
    if (slash > 0) {
      const parent = path.slice(0, slash)
      let verdict = folderVerdicts.get(parent)
      if (verdict === undefined && !folderVerdicts.has(parent)) {
        verdict = match(parent, true)
        folderVerdicts.set(parent, verdict)
      }
      if (verdict) return verdict
    }
    return matchItself(path, isFolder)
  }

  function matchItself(path: string, isFolder: boolean): IgnoreMatch | undefined {
    const tail = isFolder ? '/' : ''
    const name = path.slice(path.lastIndexOf('/') + 1)
    // A file `.git` is that of a git worktree; of the others only the folder is meant.
    if (always.has(name) && (isFolder || name === '.git')) return { file: 'built in', pattern: name }
    // From the innermost file outwards: the first that has a say decides.
    for (let end = path.lastIndexOf('/'); ; end = path.lastIndexOf('/', end - 1)) {
      const folder = end < 0 ? '' : path.slice(0, end)
      const rules = rulesOf(folder)
      if (rules) {
        const verdict = rules.test(path.slice(end + 1) + tail)
        if (verdict.ignored)
          return { file: folder ? `${folder}/${fileName}` : fileName, pattern: verdict.rule?.pattern ?? '' }
        if (verdict.unignored) return undefined
      }
      if (end <= 0) return undefined
    }
  }

  function rulesOf(folder: string): Ignore | undefined {
    if (perFolder.has(folder)) return perFolder.get(folder)
    const text = readTextOf(join(root, folder, fileName))
    const rules =
      text === undefined ? undefined : ignore({ ignorecase: false, allowRelativePaths: false }).add(clean(text))
    perFolder.set(folder, rules)
    return rules
  }
}
