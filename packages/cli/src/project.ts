import { join } from 'node:path'
import { findRoot, stateFolderOf } from '@waymark/pipeline/project'
import { quote, UserError } from './user-error.ts'

/** @throws {UserError} where the folder lies in no project */
export function projectRoot(cwd: string): string {
  const root = findRoot(cwd)
  if (root !== undefined) return root
  throw new UserError('no-project', {
    message: `Cannot find a project at ${quote(cwd)}: neither it nor a folder above it has a pipeline.yaml or dvc.yaml`,
    hint: 'Change into the project, or write a pipeline.yaml',
  })
}

/** Where a repro keeps what must outlive it: `.waymark`, or `.dvc/tmp/waymark` in a DVC project, which git ignores. */
export function keptFolder(root: string): string {
  const state = stateFolderOf(root)
  return state.endsWith('.dvc') ? join(state, 'tmp', 'waymark') : state
}
