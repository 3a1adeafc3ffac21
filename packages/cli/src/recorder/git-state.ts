import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SimpleGit } from 'simple-git'

/** What of untracked files is kept with a run, bytes and number; above it they are only listed. */
export const untrackedLimits = { fileBytes: 1 << 20, totalBytes: 10 << 20, files: 500 } as const

/** A tracked file that changed and is larger than this, bytes, is not in the diff: it is listed. */
export const changedFileLimit = 10 << 20

/** Where a tracking server started in the project keeps artifacts unless told otherwise: not a run's business. */
const serverFolders = ['mlartifacts', 'mlruns']

/** A patch that `git apply` takes, whatever this user has set for reading diffs. */
const plainDiff = [
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--submodule=short',
  '--src-prefix=a/',
  '--dst-prefix=b/',
]

export interface UntrackedFile {
  /** Relative to the project's root. */
  readonly path: string
  /** bytes */
  readonly size: number
  /** false: only listed, since it or all of them together are over a limit, or since it is a link. */
  readonly kept: boolean
}

export type GitState =
  | { readonly kind: 'none'; readonly why: string }
  | {
      readonly kind: 'repository'
      /** undefined before the first commit */
      readonly commit: string | undefined
      /** undefined on a detached HEAD */
      readonly branch: string | undefined
      /** Without credentials. */
      readonly remote: string | undefined
      /** What differs from the commit in tracked files, as a patch; empty where nothing does. */
      readonly diff: string
      /** Tracked files that changed and are too large for the diff. Relative to the repository's top. */
      readonly largeChanges: readonly { readonly path: string; readonly size: number }[]
      readonly untracked: readonly UntrackedFile[]
    }

/**
 * The code that a repro runs: what git knows of the folder, or why it knows nothing. The pipeline's own lock files are
 * neither changes nor untracked files: a repro writes them itself, which must not make the next one dirty, and a run
 * keeps the lock among its artifacts anyway.
 * @param locks lock files of the pipeline, relative to `root`
 */
export async function gitState(root: string, locks: readonly string[] = []): Promise<GitState> {
  const { simpleGit } = await import('simple-git') // a repro with nothing to do does not need it
  const git = simpleGit({ baseDir: root })
  try {
    if (!(await git.checkIsRepo())) return { kind: 'none', why: 'the project is in no git repository' }
    return await stateOf(git, root, locks)
  } catch (error) {
    return { kind: 'none', why: whyNot(error) } // git is missing, or its repository is damaged
  }
}

async function stateOf(git: SimpleGit, root: string, locks: readonly string[]): Promise<GitState> {
  const ask = async (...args: string[]) => (await git.raw(args).catch(() => '')).trim()
  const [commit, branch, remote] = await Promise.all([
    ask('rev-parse', '--verify', '--quiet', 'HEAD'),
    ask('symbolic-ref', '--short', '--quiet', 'HEAD'),
    ask('remote', 'get-url', 'origin'),
  ])
  const withoutLocks = locks.map((lock) => `:(exclude,literal)${lock}`)
  const against = commit ? 'HEAD' : '--cached'
  const [top, changed, untracked] = await Promise.all([
    ask('rev-parse', '--show-toplevel'),
    git.raw(['diff', '--name-only', '-z', against, '--', ':(top)', ...withoutLocks]),
    git.raw([
      'ls-files',
      '--others',
      '--exclude-standard',
      ...serverFolders.map((name) => `--exclude=/${name}/`),
      '-z',
    ]),
  ])
  const changes = await sizesOf(top, changed.split('\0').filter(Boolean))
  const largeChanges = changes.flatMap(({ path, size }) => (size > changedFileLimit ? [{ path, size }] : []))
  const withoutLarge = largeChanges.map(({ path }) => `:(top,exclude,literal)${path}`)
  const diff = await git.raw([
    'diff',
    ...plainDiff,
    '--binary',
    against,
    '--',
    ':(top)',
    ...withoutLocks,
    ...withoutLarge,
  ])
  return {
    kind: 'repository',
    commit: commit || undefined,
    branch: branch || undefined,
    remote: remote ? withoutCredentials(remote) : undefined,
    diff,
    largeChanges,
    untracked: await weigh(
      root,
      untracked.split('\0').filter((path) => path !== '' && !locks.includes(path)),
    ),
  }
}

/** @returns whether the folder holds more than its commit, the pipeline's locks aside. */
export function isDirty(git: GitState & { kind: 'repository' }): boolean {
  return git.diff !== '' || git.largeChanges.length > 0 || git.untracked.length > 0
}

/** Text without the `user:token@` of the addresses in it; `git@host:x` names no secret and stays. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/\s]*@/gi, '$1')
}

async function weigh(root: string, paths: readonly string[]): Promise<UntrackedFile[]> {
  const { fileBytes, totalBytes, files } = untrackedLimits
  let total = 0
  let count = 0
  return (await sizesOf(root, paths)).map(({ path, size, isLink }) => {
    // A link is git's, not what it leads to: that may lie outside of the project.
    const kept = !isLink && size <= fileBytes && total + size <= totalBytes && count < files
    if (kept) {
      total += size
      count++
    }
    return { path, size, kept }
  })
}

/** Of files and links only: one that is gone, a pipe or another repository has no size. */
async function sizesOf(
  folder: string,
  paths: readonly string[],
): Promise<{ path: string; size: number; isLink: boolean }[]> {
  const sizes: { path: string; size: number; isLink: boolean }[] = []
  for (const path of paths.toSorted()) {
    const found = await lstat(join(folder, path)).catch(() => undefined)
    if (!found?.isFile() && !found?.isSymbolicLink()) continue
    sizes.push({ path, size: found.size, isLink: found.isSymbolicLink() })
  }
  return sizes
}

function whyNot(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return /ENOENT/.test(message) ? 'git is not installed' : `git cannot be asked: ${message.split('\n')[0]}`
}
