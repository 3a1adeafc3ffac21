import { join } from 'node:path'
import type { Connection } from '@waymark/client/connection'
import { contentHash } from '@waymark/client/content-hash'
import { championAlias } from '@waymark/client/publish-model'
import { versionOfAlias, versionWithTag } from '@waymark/client/registry'
import { versionTags } from '@waymark/contract/model-versions'
import type { StageResult } from '@waymark/pipeline/events'
import { planRepro } from './planned-stages.ts'
import { registeredBy } from './stage-meta.ts'

/**
 * Whether publishing would find nothing to do: the model that one of the stages packed is a version of the registered
 * model that the settings name now, and there is a champion. True where no stage packs a model.
 */
export async function isPublished(
  server: Connection,
  stages: readonly StageResult[],
  { root, targets }: { readonly root: string; readonly targets: readonly string[] },
): Promise<boolean> {
  const packed = registeredBy(stages)
  if (!packed) return true
  const plan = await planRepro(root, targets)
  const { folder, serving } = plan.stages.find(({ name }) => name === packed.stage) ?? {}
  if (folder === undefined || !serving) return true
  const name = serving.registered_model
  const value = await contentHash(join(folder, packed.register.model))
  const [version, champion] = await Promise.all([
    versionWithTag(server, name, { key: versionTags.content, value }),
    versionOfAlias(server, name, championAlias),
  ])
  return version !== undefined && champion !== undefined
}
