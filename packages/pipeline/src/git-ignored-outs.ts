import { execFile } from 'node:child_process'
import { basename, dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { isMissing } from '@waymark/content-store/fs-errors'
import { gitIgnore } from '@waymark/content-store/ignore-rules'
import { readTextOf } from '@waymark/content-store/read-text'
import { writeBeside } from '@waymark/content-store/write-beside'
import { PipelineError, quote } from './errors.ts'
import type { Stage } from './stage.ts'
import { findGitRoot } from './stage-files.ts'

/**
 * Adds `/name` to the `.gitignore` beside each cached out that git does not ignore yet, as DVC does; nothing outside a
 * git repository.
 */
export function ignoreOuts(root: string, stage: Stage): void {
  const git = findGitRoot(root)
  if (git === undefined) return
  for (const out of stage.outs) {
    const path = relative(git, out.at).replaceAll('\\', '/')
    if (!out.cache || path.startsWith('../')) continue
    if (gitIgnore(git).match(path, false) || gitIgnore(git).match(path, true)) continue
    const file = join(dirname(out.at), '.gitignore')
    const text = readTextOf(file) ?? ''
    const line = `/${basename(out.at).replace(/[[\]*?\\]|\s$/g, '\\$&')}`
    writeBeside(file, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`)
  }
}

/**
 * Refuses cached outs that are in git: each run would change them there.
 * @throws {PipelineError} naming the first, and the way out
 */
export async function refuseTrackedOuts(root: string, stages: readonly Stage[]): Promise<void> {
  const git = findGitRoot(root)
  if (git === undefined) return
  const outs = stages.flatMap((stage) => stage.outs.filter((out) => out.cache).map((out) => ({ stage, out })))
  const inside = outs.filter(({ out }) => !relative(git, out.at).startsWith('..'))
  if (inside.length === 0) return
  const tracked: string[] = []
  // A command line is not endless: a project may have very many outs.
  for (let from = 0; from < inside.length; from += pathsAtOnce) {
    const paths = inside.slice(from, from + pathsAtOnce).map(({ out }) => out.at)
    tracked.push(...(await trackedBelow(git, paths)))
  }
  for (const { stage, out } of inside) {
    const path = relative(git, out.at)
    if (tracked.some((file) => file === path || file.startsWith(`${path}/`))) {
      throw new PipelineError(
        `${stage.where} the output ${quote(out.path)} is tracked by git. Take it out with: git rm -r --cached ${quote(out.path)}, or set cache: false for it`,
      )
    }
  }
}

const pathsAtOnce = 1000

/** Paths relative to the repository; none where there is no git program to ask. */
async function trackedBelow(git: string, paths: readonly string[]): Promise<string[]> {
  try {
    // A mounted repository may belong to another user; its index is only read.
    const asked = ['-c', 'safe.directory=*', '--literal-pathspecs', 'ls-files', '-z', '--', ...paths]
    const { stdout } = await promisify(execFile)('git', asked, { cwd: git, maxBuffer: 256 * 1024 * 1024 })
    return stdout.split('\0').filter((path) => path !== '')
  } catch (error) {
    if (isMissing(error)) return []
    throw new PipelineError(
      `Cannot ask git which outs it tracks: ${error instanceof Error ? error.message.trim() : String(error)}`,
      { cause: error },
    )
  }
}
