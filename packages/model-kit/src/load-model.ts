import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { familyOf } from './families/families.ts'
import type { Backend, Model } from './model.ts'
import { ModelFileError } from './model-file-error.ts'
import { RowEncoding } from './row-encoder.ts'
import { trainedModel } from './trained-model.ts'

const Details = z.object({
  family: z.enum(['majority', 'logistic', 'linear', 'mlp']),
  task: z.enum(['classification', 'regression']),
  target: z.string(),
  classes: z.array(z.string()),
})

/**
 * Loads a model from the folder that `saveModel` wrote.
 * @throws {ModelFileError} where a file is missing or broken, {BackendError | TensorflowMissingError} where the backend
 *   cannot be used.
 */
export async function loadModel(folder: string, { backend = 'wasm' }: { backend?: Backend } = {}): Promise<Model> {
  try {
    const files = await readFiles(folder)
    const details = read(files, 'details.json', Details)
    const encoding = read(files, 'encoder.json', RowEncoding)
    const fitted = await familyOf(details.family).load(files, { backend })
    return trainedModel({ ...details, encoding, fitted })
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    throw new ModelFileError(`Cannot load the model in "${folder}": ${error.message}`, { cause: error })
  }
}

async function readFiles(folder: string): Promise<Record<string, Uint8Array>> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    throw new ModelFileError('there is no such folder')
  })
  const wanted = names.filter((name) => /\.(json|bin)$/.test(name))
  return Object.fromEntries(await Promise.all(wanted.map(async (name) => [name, await readFile(join(folder, name))])))
}

function read<Value>(files: Record<string, Uint8Array>, name: string, schema: z.ZodType<Value>): Value {
  const bytes = files[name]
  if (!bytes) throw new ModelFileError(`${name} is not there, so it is no model that Waymark's training saved`)
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)))
  } catch (cause) {
    const words = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause)
    throw new ModelFileError(`${name} is not what it should be: ${words}`, { cause })
  }
}
