import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { simpleGit } from 'simple-git'

/** Bytes of untracked files that are kept with a run; above it they are only listed. */
export const untrackedLimits = { fileBytes: 1 << 20, totalBytes: 10 << 20 } as const

export interface UntrackedFile {
  /** Relative to the project's root. */
  readonly path: string
  /** bytes */
  readonly size: number
  /** false: only listed, since it or all of them together are over the limit. */
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
      readonly untracked: readonly UntrackedFile[]
    }

/** The code that a repro runs: what git knows of the folder, or why it knows nothing. */
export async function gitState(root: string): Promise<GitState> {
  const git = simpleGit({ baseDir: root })
  try {
    if (!(await git.checkIsRepo())) return { kind: 'none', why: 'the project is in no git repository' }
  } catch (error) {
    return { kind: 'none', why: whyNot(error) }
  }
  const ask = async (...args: string[]) => (await git.raw(args).catch(() => '')).trim()
  const [commit, branch, remote] = await Promise.all([
    ask('rev-parse', '--verify', '--quiet', 'HEAD'),
    ask('symbolic-ref', '--short', '--quiet', 'HEAD'),
    ask('remote', 'get-url', 'origin'),
  ])
  const [diff, untracked] = await Promise.all([
    git.raw(['diff', '--binary', ...(commit ? ['HEAD'] : ['--cached'])]),
    git.raw(['ls-files', '--others', '--exclude-standard', '-z']),
  ])
  return {
    kind: 'repository',
    commit: commit || undefined,
    branch: branch || undefined,
    remote: remote ? withoutCredentials(remote) : undefined,
    diff,
    untracked: await weigh(root, untracked.split('\0').filter(Boolean)),
  }
}

/** @returns whether the folder holds more than its commit. */
export function isDirty(git: GitState & { kind: 'repository' }): boolean {
  return git.diff !== '' || git.untracked.length > 0
}

/** `https://user:token@host/x` without `user:token@`; `git@host:x` names no secret and stays. */
export function withoutCredentials(remote: string): string {
  return remote.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1')
}

async function weigh(root: string, paths: readonly string[]): Promise<UntrackedFile[]> {
  let total = 0
  const files: UntrackedFile[] = []
  for (const path of paths.toSorted()) {
    const found = await stat(join(root, path)).catch(() => undefined) // gone meanwhile, or a link to nowhere
    if (!found?.isFile()) continue
    const kept = found.size <= untrackedLimits.fileBytes && total + found.size <= untrackedLimits.totalBytes
    if (kept) total += found.size
    files.push({ path, size: found.size, kept })
  }
  return files
}

function whyNot(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return /ENOENT/.test(message) ? 'git is not installed' : `git cannot be asked: ${message.split('\n')[0]}`
}
