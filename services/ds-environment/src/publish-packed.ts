import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ActiveRun } from '@waymark/client/active-run'
import { connectTo, type Environment } from '@waymark/client/connection'
import { fileHash } from '@waymark/client/content-hash'
import { type Publication, publishModel } from '@waymark/client/publish-model'
import { ruleName } from '@waymark/client/rule-name'
import type { Settings } from '@waymark/settings/read-settings'
import { z } from 'zod'
import { scoreOnTest } from './prediction_app/score.ts'
import { StageError } from './stage.ts'

/** Publishes the packed model of a work folder under its run, as the recorder of `waymark repro` does it. */
export async function publishPacked(
  work: string,
  words: { settings: Settings; run: ActiveRun; env: Environment; metrics: Readonly<Record<string, number>> },
): Promise<Publication> {
  const { settings, run, env, metrics } = words
  const { registered_model: name, metric, direction } = settings.serving
  const folder = join(work, 'models/serving')
  const score = metrics[metric]
  if (score === undefined) {
    throw new StageError(
      `Cannot publish ${JSON.stringify(name)}: there is no metric ${JSON.stringify(metric)}. Set serving.metric in config.yaml to one of ${Object.keys(metrics).sort().join(', ')}`,
    )
  }
  const details = Details.parse(JSON.parse(await readFile(join(folder, 'details.json'), 'utf8')))
  const trainHash = await fileHash(join(work, 'data/processed/train.csv'), 'md5')
  return publishModel({
    server: connectTo(run.trackingUri, { env }),
    run: { id: run.id, artifactUri: run.artifactUri },
    ...{ name, folder, metric, direction, score },
    test: await fileHash(join(work, 'data/processed/test.csv'), 'md5'),
    ruleName: ruleName({ ...details, trainHash }),
    scoreOnTest: (champion) => scoreOnTest(work, champion, metric),
  })
}

const Details = z.object({
  family: z.string(),
  params: z.record(z.string(), z.unknown()),
  features: z.array(z.string()),
})
