import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ActiveRun } from '@waymark/client/active-run'
import { eachOf } from '@waymark/client/artifacts'
import { messageOf } from '@waymark/client/retry'
import { pipelineArtifacts, reproTags } from '@waymark/contract/repro-report'
import { quote } from '../user-error.ts'
import type { describeEnvironment } from './environment.ts'
import { changedFileLimit, type GitState, isDirty, untrackedLimits } from './git-state.ts'
import { lockFileOf } from './planned-stages.ts'

/** Tag that says why a run has no commit. */
const gitTag = 'waymark.git'

/** Tags of the code a repro runs. */
export function sourceTags(git: GitState): Record<string, string> {
  if (git.kind === 'none') return { [gitTag]: git.why }
  return {
    ...(git.commit ? { [reproTags.commit]: git.commit } : { [gitTag]: 'the repository has no commit yet' }),
    ...(git.branch ? { [reproTags.branch]: git.branch } : {}),
    ...(git.remote ? { [reproTags.repository]: git.remote } : {}),
    [reproTags.dirty]: String(isDirty(git)),
  }
}

/** What the folder holds beyond the commit: the diff, the untracked files, and what it all ran on. */
export async function logSource(
  run: ActiveRun,
  root: string,
  git: GitState,
  environment: Awaited<ReturnType<typeof describeEnvironment>>,
): Promise<void> {
  await run.logJson(environment, pipelineArtifacts.environment)
  if (git.kind === 'none') return
  if (git.diff !== '') await run.logText(git.diff, pipelineArtifacts.diff)
  if (git.largeChanges.length > 0) {
    await run.logJson({ limit_bytes: changedFileLimit, files: git.largeChanges }, 'source/large_changes.json')
  }
  if (git.untracked.length === 0) return
  const { fileBytes, totalBytes, files: fileCount } = untrackedLimits
  const limits = { file_bytes: fileBytes, total_bytes: totalBytes, files: fileCount }
  await run.logJson({ limits, files: git.untracked }, 'source/untracked.json')
  const failures: string[] = []
  const kept = git.untracked.filter((file) => file.kept)
  await eachOf(kept, async ({ path }) => {
    const folder = path.split('/').slice(0, -1).join('/')
    await run.logArtifact(join(root, path), `source/untracked/${folder}`).catch((error: unknown) => {
      failures.push(`untracked file ${quote(path)}: ${messageOf(error)}`) // the others are to be kept all the same
    })
  })
  if (failures.length > 0) throw new Error(failures.join('; '))
}

/** The stage files as they were when the repro began, by artifact path. */
export async function readStageFiles(root: string, files: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  for (const file of files) texts.set(stageFileArtifact(file, files), await readFile(join(root, file), 'utf8'))
  return texts
}

/** The first stage file has the name that the UI looks for, whatever it is called; others keep their own. */
function stageFileArtifact(file: string, files: readonly string[]): string {
  return file === files[0] ? pipelineArtifacts.file : `pipeline/${file}`
}

export function lockArtifact(file: string, files: readonly string[]): string {
  return file === files[0] ? pipelineArtifacts.lock : `pipeline/${lockFileOf(file)}`
}
