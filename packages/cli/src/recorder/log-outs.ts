import { stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { ActiveRun } from '@waymark/client/active-run'
import type { StageResult } from '@waymark/pipeline/events'
import { folderOf, type Plan } from './planned-stages.ts'
import { declaredBy } from './stage-meta.ts'

/**
 * Uploads what a stage shows of itself: metric files, plots, and the outs that it declares; each under its path
 * in the project.
 */
export async function logOuts(run: ActiveRun, plan: Plan, stage: StageResult): Promise<void> {
  const shown = stage.outs.filter(({ role }) => role !== 'out').map(({ path }) => path)
  for (const path of new Set([...shown, ...declaredBy(stage).artifacts])) {
    const local = join(folderOf(plan, stage.name), path)
    const place = relative(plan.root, local).split(sep)
    if ((await stat(local)).isDirectory()) await run.logArtifacts(local, place.join('/'))
    else await run.logArtifact(local, place.slice(0, -1).join('/'))
  }
}
