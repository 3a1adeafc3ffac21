/**
 * Packs the winner for serving and proves that it is served right: loaded, it scores the test rows as it did in training, and
 * the app that will serve it answers them, in every form of a request, as the model itself does.
 */
import { cp, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { evaluate } from '@waymark/model-kit/evaluate'
import { loadModel } from '@waymark/model-kit/load-model'
import type { Row } from '@waymark/model-kit/model'
import { type Prediction, predictRows } from '@waymark/model-kit/predict'
import { readProfile, readSplit } from '@waymark/model-kit/processed-data'
import { startPredictionApp } from '@waymark/prediction-app/server'
import { z } from 'zod'
import { jsonText, runAsProgram, type Stage, StageError, writeOutput } from '../stage.ts'
import { compare, isComplete, type RequestBody, requestBodies, whyNotAsTrained } from './transform.ts'

interface Subject {
  readonly rows: readonly Row[]
  readonly columns: readonly string[]
  /** What the model says itself. */
  readonly predictions: readonly Prediction[]
}

/** Requests with the answers that they should get. */
type Questions = readonly { readonly bodies: readonly RequestBody[]; readonly expected: readonly Prediction[] }[]

const rowsPerRequest = 1000

export const predictionApp: Stage<never, Subject, Questions> = {
  name: 'prediction_app',
  sections: [],

  async read({ folder, note }) {
    const processed = join(folder, 'data/processed')
    const test = await readSplit(processed, 'test', await readProfile(processed))
    const winner = join(folder, 'models/winner')
    using model = await loadModel(winner)
    const { inputs } = model.signature
    const scores = model.scores(model.encode(test.rows), test.rows.length)
    const changed = whyNotAsTrained(model.task, evaluate(model.task, scores, test.targets), await measured(winner))
    if (changed) throw new StageError(`Cannot release the model in models/winner: ${changed}. Run the training again`)
    const rows = test.rows.filter((row) => isComplete(row, inputs))
    const refused = test.rows.length - rows.length
    if (rows.length === 0) {
      throw new StageError(
        'Cannot check the model: each test row lacks a value that the model requires. Enlarge data.split.test',
      )
    }
    note(
      `${model.family}, ${rows.length} test rows${refused > 0 ? `, ${refused} without a required value left out` : ''}`,
    )
    return { rows, columns: inputs.map(({ name }) => name), predictions: predictRows(model, rows) }
  },

  transform({ rows, columns, predictions }) {
    const starts = Array.from({ length: Math.ceil(rows.length / rowsPerRequest) }, (_, index) => index * rowsPerRequest)
    return starts.map((start) => ({
      bodies: requestBodies(rows.slice(start, start + rowsPerRequest), columns),
      expected: predictions.slice(start, start + rowsPerRequest),
    }))
  },

  async load(questions, { folder, note }) {
    const packed = join(folder, 'models/serving')
    const beside = `${packed}.${process.pid}.part`
    try {
      await rm(beside, { recursive: true, force: true })
      await mkdir(join(folder, 'models'), { recursive: true })
      await cp(join(folder, 'models/winner'), beside, { recursive: true })
      const metrics = await askServed(beside, questions)
      await rm(packed, { recursive: true, force: true })
      await rename(beside, packed)
      await writeOutput(join(folder, 'reports/prediction_app/metrics.json'), jsonText(metrics))
      note(`${metrics.served_predictions} predictions over HTTP agree`)
    } finally {
      await rm(beside, { recursive: true, force: true })
    }
  },
}

const Measured = z.object({ metrics: z.record(z.string(), z.unknown()).default({}) })

/** @returns the metrics that training wrote beside the model; none where another program made it. */
async function measured(modelFolder: string): Promise<Record<string, number>> {
  const { metrics } = Measured.parse(JSON.parse(await readFile(join(modelFolder, 'details.json'), 'utf8')))
  return Object.fromEntries(
    Object.entries(metrics).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

/** @throws {StageError} for an answer that is not the model's own. */
async function askServed(modelFolder: string, questions: Questions) {
  const log = { info: () => {}, warn: console.warn, error: console.error }
  await using app = await startPredictionApp({ port: 0, modelName: 'winner', modelFolder, log })
  let largest = 0
  let predictions = 0
  const forms = new Set<string>()
  for (const { bodies, expected } of questions) {
    for (const { form, contentType, body } of bodies) {
      const answered = await ask(app.url, { form, contentType, body })
      const { largestDifference, fault } = compare(expected, answered)
      if (fault) throw new StageError(`Cannot release the model: served as ${form} it answers otherwise, ${fault}`)
      largest = Math.max(largest, largestDifference)
      predictions += answered.length
      forms.add(form)
    }
  }
  return { served_forms: forms.size, served_predictions: predictions, served_largest_difference: largest }
}

async function ask(url: string, { form, contentType, body }: RequestBody): Promise<readonly Prediction[]> {
  const reply = await fetch(`${url}/invocations`, { method: 'POST', headers: { 'content-type': contentType }, body })
  const text = await reply.text()
  if (!reply.ok) throw new StageError(`Cannot release the model: served as ${form} it refuses test rows: ${text}`)
  // The scoring protocol's answer; `compare` looks at every value of it.
  return (JSON.parse(text) as { predictions: readonly Prediction[] }).predictions
}

if (import.meta.main) await runAsProgram(predictionApp)
