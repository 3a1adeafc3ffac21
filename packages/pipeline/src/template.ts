import { PipelineError, quote } from './errors.ts'
import type { Definition, PipelineFile } from './pipeline-file.ts'
import type { Expanded } from './resolve-stages.ts'

export function openTemplate(
  _root: string,
  file: PipelineFile,
): (name: string, definition: Definition) => Promise<Expanded[]> {
  return async (name) => {
    throw new PipelineError(
      `${file.yaml.where(['stages', name], 'key')} stage ${quote(name)}: vars, \${…}, foreach and matrix are not supported yet`,
    )
  }
}
