/**
 * `node score.ts <model folder> <metric>`: scores another model, the champion, on this project's test split, so that the two
 * are compared on the same rows. The last line of stdout is `{"score": n}`, or `{"misfit": "why"}` where the model does not
 * take these rows.
 */
import { join } from 'node:path'
import type { ChampionScore } from '@waymark/client/publish-model'
import { evaluate } from '@waymark/model-kit/evaluate'
import { loadModel } from '@waymark/model-kit/load-model'
import type { Model } from '@waymark/model-kit/model'
import { type Profile, readProfile, readSplit } from '@waymark/model-kit/processed-data'
import { isForUser, jsonText, StageError } from '../stage.ts'

/** @param metric name of a test metric, as `test_accuracy` */
export async function scoreOnTest(folder: string, modelFolder: string, metric: string): Promise<ChampionScore> {
  const processed = join(folder, 'data/processed')
  const profile = await readProfile(processed)
  using model = await loadModel(modelFolder)
  const misfit = whyMisfit(model, profile)
  if (misfit) return { misfit }
  const { rows, targets } = await readSplit(processed, 'test', profile)
  const metrics = evaluate(model.task, model.scores(model.encode(rows), rows.length), targets)
  const score = metrics[metric.replace(/^test_/, '')]
  if (score !== undefined && metric.startsWith('test_')) return { score }
  const known = Object.keys(metrics).map((name) => `test_${name}`)
  throw new StageError(
    `Cannot score by ${JSON.stringify(metric)}: a model is scored on the test split by ${known.join(', ')}`,
  )
}

function whyMisfit(model: Model, profile: Profile): string | undefined {
  if (model.task !== profile.task) return `it is a model for ${model.task}, the data are for ${profile.task}`
  if (model.classes.join('\n') !== profile.classes.join('\n')) {
    return `it knows the classes ${model.classes.join(', ')}, the data have ${profile.classes.join(', ')}`
  }
  const types = { numeric: 'double', categorical: 'string', boolean: 'boolean' } as const
  const odd = model.signature.inputs.find(({ name, type }) => {
    const kind = profile.features[name]
    return kind === undefined || types[kind] !== type
  })
  return odd && `it takes a column ${JSON.stringify(odd.name)} of type ${odd.type}, which the data do not have`
}

if (import.meta.main) {
  const [modelFolder = '', metric = ''] = process.argv.slice(2)
  try {
    process.stdout.write(`${jsonLine(await scoreOnTest(process.cwd(), modelFolder, metric))}\n`)
  } catch (error) {
    console.error(isForUser(error) ? error.message : error)
    process.exitCode = 1
  }
}

function jsonLine(value: unknown): string {
  return JSON.stringify(JSON.parse(jsonText(value)))
}
