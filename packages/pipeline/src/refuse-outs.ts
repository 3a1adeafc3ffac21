import { existsSync, realpathSync } from 'node:fs'
import { dirname, relative, sep } from 'node:path'
import type { IgnoreRules } from '@waymark/content-store/ignore-rules'
import { PipelineError, quote } from './errors.ts'
import type { Out, Stage } from './stage.ts'

/**
 * Refuses outs that must not be cleared, kept or hashed: whatever a stage names as an out gives way when it runs.
 * @throws {PipelineError} naming the stage and the out
 */
export function refuseUnfitOuts(root: string, stages: readonly Stage[], ignored: IgnoreRules): void {
  for (const stage of stages) {
    for (const out of stage.outs) {
      const path = relative(root, out.at).replaceAll('\\', '/')
      const isOutside = path === '..' || path.startsWith('../')
      if (path === '' || `${root}${sep}`.startsWith(`${out.at}${sep}`)) {
        throw unfit(stage, out, 'it is the project itself, or a folder above it', 'Name a folder of its own')
      }
      if (isOutside && out.cache) {
        throw unfit(
          stage,
          out,
          'it is outside the project, and only outs inside can be cached',
          'Put it inside, or set cache: false for it',
        )
      }
      const match = isOutside ? undefined : (ignored.match(path, false) ?? ignored.match(path, true))
      if (match?.file === 'built in') throw unfit(stage, out, `it lies in ${match.pattern}`, 'Put it elsewhere')
      if (match)
        throw unfit(
          stage,
          out,
          `${match.file} ignores it by the rule ${quote(match.pattern)}`,
          'Take the rule out, or put it elsewhere',
        )
    }
  }
}

/**
 * Refuses cached outs that a link on the way to them leads out of the project.
 * @throws {PipelineError}
 */
export function refuseLedOutside(root: string, stage: Stage): void {
  for (const out of stage.outs) {
    let folder = dirname(out.at)
    while (!existsSync(folder)) folder = dirname(folder)
    const real = realpathSync(folder)
    if (out.cache && real !== root && !real.startsWith(root + sep)) {
      throw unfit(
        stage,
        out,
        `its folder is a link to ${quote(real)}, outside the project`,
        'Put it inside, or set cache: false for it',
      )
    }
  }
}

function unfit(stage: Stage, out: Out, what: string, way: string): PipelineError {
  return new PipelineError(
    `${stage.where} stage ${quote(stage.name)} cannot have the output ${quote(out.path)}: ${what}. ${way}`,
  )
}
