import { dirname, relative, sep } from 'node:path'
import { PipelineError, quote } from './errors.ts'
import type { Stage } from './stage.ts'

/** Which stage needs which, and in what order they go. */
export interface StageGraph {
  readonly stages: readonly Stage[]
  /** The stages whose outs are, hold or lie in one of its deps. */
  needs(stage: Stage): readonly Stage[]
  /** These stages and all they need, what is needed first; DVC's order. A frozen stage's own needs do not count. */
  order(targets: readonly Stage[]): Stage[]
}

/**
 * Builds the graph, in time linear in the number of paths.
 * @throws {PipelineError} for cycles, for outs that overlap, and for a stage file inside an out
 */
export function stageGraph(stages: readonly Stage[], root: string): StageGraph {
  const makers = new Map<string, Stage>()
  /** For each folder above an out: the stages that make something in it. */
  const makersBelow = new Map<string, Set<Stage>>()
  for (const stage of stages) {
    for (const out of stage.outs) {
      const other = makers.get(out.at)
      if (other) {
        throw new PipelineError(
          `Output ${quote(out.path)} is specified in two stages: ${other.address} (${other.where}) and ${stage.address} (${stage.where}). Let one of them make it`,
        )
      }
      makers.set(out.at, stage)
      for (const folder of foldersAbove(out.at)) {
        const below = makersBelow.get(folder) ?? new Set<Stage>()
        makersBelow.set(folder, below.add(stage))
      }
    }
  }
  refuseOverlaps(stages, makers, root)
  refuseFilesInOuts(stages, makers, root)

  const needed = new Map<Stage, readonly Stage[]>()
  for (const stage of stages) {
    const found = new Set<Stage>()
    for (const dep of [...stage.deps, ...stage.params]) {
      const maker = makerAtOrAbove(dep.at, makers)
      if (maker) found.add(maker)
      for (const below of makersBelow.get(dep.at) ?? []) found.add(below)
    }
    if (found.has(stage)) {
      throw new PipelineError(
        `${stage.where} stage ${quote(stage.name)} has the same path as dep and as output. Give the output a place of its own`,
      )
    }
    needed.set(stage, [...found])
  }
  const needs = (stage: Stage) => needed.get(stage) ?? []
  refuseCycles(stages, needs)
  return {
    stages,
    needs,
    order: (targets) => postOrder(stages, targets, (stage) => (stage.frozen ? [] : needs(stage))),
  }
}

function postOrder(
  stages: readonly Stage[],
  targets: readonly Stage[],
  needs: (stage: Stage) => readonly Stage[],
): Stage[] {
  const wanted = new Set<Stage>()
  const open = [...targets]
  for (let stage = open.pop(); stage; stage = open.pop()) {
    if (!wanted.has(stage)) open.push(...needs(stage))
    wanted.add(stage)
  }
  const done = new Set<Stage>()
  for (const start of stages) {
    if (!wanted.has(start)) continue
    // A stack of its own: a chain of thousands of stages is deeper than JavaScript's.
    const path = [{ stage: start, left: [...needs(start)].reverse() }]
    const onPath = new Set([start])
    if (done.has(start)) continue
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.left.pop()
      if (!next) {
        done.add(top.stage)
        path.pop()
      } else if (!done.has(next) && !onPath.has(next)) {
        onPath.add(next)
        path.push({ stage: next, left: [...needs(next)].reverse() })
      }
    }
  }
  return [...done]
}

function refuseCycles(stages: readonly Stage[], needs: (stage: Stage) => readonly Stage[]): void {
  const finished = new Set<Stage>()
  for (const start of stages) {
    const path: { stage: Stage; left: Stage[] }[] = finished.has(start)
      ? []
      : [{ stage: start, left: [...needs(start)] }]
    const onPath = new Set([start])
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.left.pop()
      if (!next) {
        finished.add(top.stage)
        onPath.delete(top.stage)
        path.pop()
      } else if (onPath.has(next)) {
        const cycle = path.slice(path.findIndex(({ stage }) => stage === next)).map(({ stage }) => stage.address)
        throw new PipelineError(
          `The stages ${[...cycle, cycle[0]].join(' → ')} need each other in a circle. Take one dep or output out`,
        )
      } else if (!finished.has(next)) {
        onPath.add(next)
        path.push({ stage: next, left: [...needs(next)] })
      }
    }
  }
}

function refuseOverlaps(stages: readonly Stage[], makers: ReadonlyMap<string, Stage>, root: string): void {
  for (const stage of stages) {
    for (const out of stage.outs) {
      for (const folder of foldersAbove(out.at)) {
        const outer = makers.get(folder)
        if (outer) {
          throw new PipelineError(
            `The output paths ${quote(relative(root, folder))} (${outer.address}, ${outer.where}) and ${quote(relative(root, out.at))} (${stage.address}, ${stage.where}) overlap. Let one stage make the folder, or give the other a place outside`,
          )
        }
      }
    }
  }
}

/** The out would be cleared before its stage runs, and the stage file with it. */
function refuseFilesInOuts(stages: readonly Stage[], makers: ReadonlyMap<string, Stage>, root: string): void {
  for (const file of new Set(stages.map((stage) => stage.file))) {
    for (const folder of foldersAbove(`${root}${sep}${file}`)) {
      const maker = makers.get(folder)
      if (maker) {
        throw new PipelineError(
          `The stage file ${quote(file)} is within the output ${quote(relative(root, folder))} of stage ${maker.address} (${maker.where}). Move one of them`,
        )
      }
    }
  }
}

function makerAtOrAbove(path: string, makers: ReadonlyMap<string, Stage>): Stage | undefined {
  const maker = makers.get(path)
  if (maker) return maker
  for (const folder of foldersAbove(path)) {
    const above = makers.get(folder)
    if (above) return above
  }
  return undefined
}

function* foldersAbove(path: string): Generator<string> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    yield folder
    if (dirname(folder) === folder) return
  }
}
