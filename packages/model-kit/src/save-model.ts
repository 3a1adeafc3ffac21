import { createHash } from 'node:crypto'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { ModelFiles } from './families/family.ts'
import type { Row } from './model.ts'
import { outputColumns } from './predict.ts'
import { inputColumns } from './row-encoder.ts'
import type { ModelParts } from './trained-model.ts'

export interface SaveOptions {
  /** Rows that show what the model takes: kept as MLflow's input example. */
  readonly inputExample: readonly Row[]
  /** What else is told of the model in details.json: hyper-parameters, metrics. Nothing that differs between equal runs. */
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * Writes a model as an MLflow model folder: MLmodel, input_example.json, the family's weights, encoder.json, details.json.
 * The same model gives the same bytes: MLmodel has no time and no run, and its uuid is a hash of the other files.
 * What was in `folder` is replaced at the end, by a rename.
 */
export async function saveModel(folder: string, parts: ModelParts, options: SaveOptions): Promise<void> {
  const files = modelFiles(parts, options)
  const beside = `${folder}.${process.pid}.part`
  await rm(beside, { recursive: true, force: true })
  await mkdir(beside, { recursive: true })
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(beside, name), bytes)
  await rm(folder, { recursive: true, force: true })
  await rename(beside, folder)
}

function modelFiles(parts: ModelParts, { inputExample, details = {} }: SaveOptions): ModelFiles {
  const { task, target, classes, family, encoding } = parts
  const inputs = inputColumns(encoding)
  const example = {
    columns: inputs.map(({ name }) => name),
    data: inputExample.map((row) => inputs.map(({ name }) => row[name] ?? null)),
  }
  const files: ModelFiles = {
    ...parts.fitted.files(),
    'encoder.json': json(encoding),
    'details.json': json({ family, task, target, classes, features: inputs.map(({ name }) => name), ...details }),
    'input_example.json': json(example),
    'serving_input_example.json': json({ dataframe_split: example }),
  }
  // Fields and their forms as in MLflow 3 (mlflow/models/model.py, Model.to_dict): the signature's parts are JSON texts.
  const mlModel = {
    flavors: { waymark: { family, model: 'model.json', encoder: 'encoder.json', details: 'details.json' } },
    model_uuid: contentId(files),
    saved_input_example_info: {
      artifact_path: 'input_example.json',
      pandas_orient: 'split',
      serving_input_path: 'serving_input_example.json',
      type: 'dataframe',
    },
    signature: {
      inputs: JSON.stringify(inputs),
      outputs: JSON.stringify(outputColumns(task, classes)),
      params: null,
    },
  }
  return { ...files, MLmodel: new TextEncoder().encode(stringify(mlModel)) }
}

/** 32 hex digits, as MLflow's model_uuid has them; here of the content. */
function contentId(files: ModelFiles): string {
  const hash = createHash('sha256')
  for (const [name, bytes] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(`${name}\0${bytes.length}\0`).update(bytes)
  return hash.digest('hex').slice(0, 32)
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`)
}
