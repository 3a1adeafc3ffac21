import { dirname } from 'node:path'
import { PipelineError, quote } from './errors.ts'
import type { Stage } from './stage.ts'

/**
 * The stages that targets mean: a stage's address or name, a group of generated stages, a stage file, or the path of
 * an output. All stages for no target.
 * @throws {PipelineError} for a target that means nothing
 */
export function selectTargets(stages: readonly Stage[], targets: readonly string[]): Stage[] {
  if (targets.length === 0) return [...stages]
  return [...new Set(targets.flatMap((target) => select(stages, target)))]
}

function select(stages: readonly Stage[], target: string): Stage[] {
  const name = target.replace(/^:/, '')
  const found =
    pick(stages, (stage) => stage.address === name || `${stage.file}:${stage.name}` === name) ??
    pick(stages, (stage) => groupOf(stage.address) === name || `${stage.file}:${groupOf(stage.name)}` === name) ??
    pick(stages, (stage) => stage.file === name) ??
    pick(stages, (stage) => stage.outs.some((out) => outPath(stage, out.path) === name.replace(/^\.\/|\/$/g, '')))
  if (found) return found
  throw new PipelineError(
    `Cannot reproduce ${quote(target)}: there is no stage, stage file or output of that name. Stages are ${stages.map((stage) => stage.address).join(', ')}`,
  )
}

function pick(stages: readonly Stage[], matches: (stage: Stage) => boolean): Stage[] | undefined {
  const found = stages.filter(matches)
  return found.length > 0 ? found : undefined
}

function groupOf(name: string): string {
  return name.replace(/@[^@]*$/, '')
}

function outPath(stage: Stage, path: string): string {
  return dirname(stage.file) === '.' ? path.replace(/^\.\//, '') : `${dirname(stage.file)}/${path}`
}
