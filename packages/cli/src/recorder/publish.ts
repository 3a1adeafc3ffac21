import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ActiveRun } from '@waymark/client/active-run'
import type { Connection } from '@waymark/client/connection'
import { fileHash } from '@waymark/client/content-hash'
import { type Publication, publishModel } from '@waymark/client/publish-model'
import { ruleName } from '@waymark/client/rule-name'
import { Serving, type ServingSettings } from '@waymark/settings/serving'
import { parse } from 'yaml'
import { z } from 'zod'
import { quote, UserError } from '../user-error.ts'
import { scoreByCommand } from './score-command.ts'
import type { Registration } from './stage-meta.ts'

/** What is known of a packed model before it is published. */
export interface PackedModel {
  readonly registration: Registration
  readonly serving: ServingSettings
  readonly name: string
}

const Details = z.object({
  family: z.string(),
  params: z.record(z.string(), z.unknown()),
  features: z.array(z.string()),
})

/** Reads what a registration points at. @throws {UserError} where the settings lack what publishing needs. */
export async function describePackedModel(folder: string, registration: Registration): Promise<PackedModel> {
  const details = Details.parse(JSON.parse(await readFile(join(folder, registration.details), 'utf8')))
  const trainHash = await fileHash(join(folder, registration.train), 'md5')
  return {
    registration,
    serving: await servingOf(folder, registration.settings),
    name: ruleName({ ...details, trainHash }),
  }
}

/** Publishes the model under the run. @throws {UserError} where the run has no such metric. */
export async function publish(
  folder: string,
  model: PackedModel,
  to: { readonly server: Connection; readonly run: ActiveRun; readonly metrics: Readonly<Record<string, number>> },
): Promise<Publication> {
  const { registration, serving } = model
  const score = to.metrics[serving.metric]
  if (score === undefined) {
    const known = Object.keys(to.metrics).toSorted().join(', ')
    throw new UserError('no-serving-metric', {
      message: `Cannot publish model ${quote(serving.registered_model)}: no stage left a metric ${quote(serving.metric)}`,
      hint: `Set ${registration.settings.replace(':', ' ')}.metric to one of ${known}`,
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

async function servingOf(folder: string, address: string): Promise<ServingSettings> {
  const [file = '', section = ''] = address.split(':')
  const content: unknown = parse(await readFile(join(folder, file), 'utf8'))
  const value = section.split('.').reduce((at, key) => (isMap(at) ? at[key] : undefined), content)
  const read = Serving.safeParse(value)
  if (read.success) return read.data
  const faults = read.error.issues.map(({ path, message }) => `${[section, ...path].join('.')}: ${message}`)
  throw new UserError('serving-settings', {
    message: `Cannot publish the model: ${file} ${faults.join('; ')}`,
    hint: 'Give registered_model, metric and direction (maximize or minimize)',
  })
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
