import { relative, sep } from 'node:path'
import { openProject } from '@waymark/pipeline/project'
import { stageGraph } from '@waymark/pipeline/stage-graph'
import { selectTargets } from '@waymark/pipeline/targets'
import { plain } from '@waymark/pipeline/values'
import type { ServingSettings } from '@waymark/settings/serving'
import { declaredBy } from './stage-meta.ts'

/** A stage as the stage files give it, before anything has run. */
export interface PlannedStage {
  readonly name: string
  readonly cmd: string | readonly string[]
  readonly needs: readonly string[]
  /** The folder its command runs in and its paths start from; absolute. */
  readonly folder: string
  /** Values of this moment, by file relative to the root and dotted key. */
  readonly params: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** How the model that it packs is published; undefined where it packs none. */
  readonly serving: ServingSettings | undefined
}

export interface Plan {
  /** The project's root, absolute. */
  readonly root: string
  /** In the order they go. */
  readonly stages: readonly PlannedStage[]
  /** Stage files relative to the root; the first one is the pipeline that the UI shows. */
  readonly stageFiles: readonly string[]
}

/**
 * Reads the pipeline as it is when a repro begins: a file edited while stages run does not change what is recorded.
 * @throws {UserError} where a stage declares something that cannot be read
 * @throws {SettingsError} where the settings by which a stage's model is to be published are wrong
 */
export async function planRepro(root: string, targets: readonly string[] = []): Promise<Plan> {
  const project = await openProject(root)
  const graph = stageGraph(project.stages, project.root)
  const stages: PlannedStage[] = []
  for (const stage of graph.order(selectTargets(project.stages, targets))) {
    const { register } = declaredBy({
      name: stage.address,
      meta: stage.meta === undefined ? undefined : plain(stage.meta),
    })
    const params: Record<string, Record<string, unknown>> = {}
    for (const dep of stage.params) {
      const picked = (await project.params.read(dep.at, dep.path))?.pick(dep.keys) ?? new Map()
      const file = relative(project.root, dep.at).split(sep).join('/')
      params[file] = { ...params[file], ...Object.fromEntries([...picked].map(([key, value]) => [key, plain(value)])) }
    }
    stages.push({
      name: stage.address,
      cmd: stage.cmd,
      needs: graph.needs(stage).map(({ address }) => address),
      folder: stage.wdir,
      params,
      serving: register && (await readServing(stage.wdir, register.settings)),
    })
  }
  const stageFiles = [...new Set(project.stages.map(({ file }) => file))].toSorted(
    (a, b) => a.split('/').length - b.split('/').length || (a < b ? 1 : -1), // pipeline.yaml before dvc.yaml
  )
  return { root: project.root, stages, stageFiles }
}

/** @returns the lock files that a repro of the pipeline writes, relative to the root, in the order of its stage files. */
export function lockFilesOf({ stageFiles }: Plan): string[] {
  return stageFiles.map(lockFileOf)
}

/** `pipeline.yaml` → `pipeline.lock` */
export function lockFileOf(stageFile: string): string {
  return stageFile.replace(/\.yaml$/, '.lock')
}

async function readServing(folder: string, address: string): Promise<ServingSettings> {
  const serving = await import('./serving-settings.ts') // a repro with nothing to do does not need it
  return serving.readServing(folder, address)
}

/** @returns the folder that a stage's paths start from. */
export function folderOf(plan: Plan, stage: string): string {
  return plan.stages.find(({ name }) => name === stage)?.folder ?? plan.root
}
