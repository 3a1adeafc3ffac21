import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ActiveRun } from '@waymark/client/active-run'
import type { Connection } from '@waymark/client/connection'
import { fileHash } from '@waymark/client/content-hash'
import { type Publication, publishModel } from '@waymark/client/publish-model'
import { ruleName } from '@waymark/client/rule-name'
import { nearest } from '@waymark/settings/nearest'
import type { ServingSettings } from '@waymark/settings/serving'
import { z } from 'zod'
import { quote, UserError } from '../user-error.ts'
import type { Plan } from './planned-stages.ts'
import { scoreByCommand } from './score-command.ts'
import type { Registration } from './stage-meta.ts'

/** What is known of a packed model before it is published. */
export interface PackedModel {
  /** The folder that the registration's paths start from. */
  readonly folder: string
  readonly registration: Registration
  readonly serving: ServingSettings
  readonly name: string
}

const Details = z.object({
  family: z.string(),
  params: z.record(z.string(), z.unknown()),
  features: z.array(z.string()),
})

/** Reads what a registration points at. @param plan gives the settings, as they were when the repro began */
export async function describePackedModel(
  plan: Plan,
  { stage, register: registration }: { readonly stage: string; readonly register: Registration },
): Promise<PackedModel> {
  const { folder, serving } = plan.stages.find(({ name }) => name === stage) ?? {}
  if (folder === undefined || !serving) throw new Error(`stage ${stage} packs a model, and is in no plan`)
  const details = Details.parse(JSON.parse(await readFile(join(folder, registration.details), 'utf8')))
  const trainHash = await fileHash(join(folder, registration.train), 'md5')
  return { folder, registration, serving, name: ruleName({ ...details, trainHash }) }
}

/** Publishes the model under the run. @throws {UserError} where the run has no such metric. */
export async function publish(
  model: PackedModel,
  to: { readonly server: Connection; readonly run: ActiveRun; readonly metrics: Readonly<Record<string, number>> },
): Promise<Publication> {
  const { folder, registration, serving } = model
  const score = to.metrics[serving.metric]
  if (score === undefined) {
    const known = Object.keys(to.metrics)
    const meant = nearest(serving.metric, known)
    const key = registration.settings.replace(':', ' ')
    throw new UserError('no-serving-metric', {
      message: `Cannot publish model ${quote(serving.registered_model)}: no stage left a metric ${quote(serving.metric)}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
      hint:
        meant === undefined
          ? `Set ${key}.metric to one of the ${known.length} metrics on the page of the run`
          : `Set ${key}.metric and run waymark repro again: it publishes without running anything`,
    })
  }
  return publishModel({
    server: to.server,
    run: { id: to.run.id, artifactUri: to.run.artifactUri },
    name: serving.registered_model,
    folder: join(folder, registration.model),
    metric: serving.metric,
    direction: serving.direction,
    score,
    test: await fileHash(join(folder, registration.test), 'md5'),
    ruleName: model.name,
    scoreOnTest: (other) => scoreByCommand(folder, registration.score, other, serving.metric),
  })
}
