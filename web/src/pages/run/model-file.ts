import { parse } from 'yaml'
import { z } from 'zod'

export interface ModelColumn {
  readonly name: string | undefined
  /** MLflow's name of the type; a tensor's with its shape. */
  readonly type: string
  readonly isRequired: boolean
}

export interface ModelFile {
  readonly flavors: readonly string[]
  readonly sizeBytes: number | undefined
  /** Absent where the model has no signature. */
  readonly inputs: readonly ModelColumn[] | undefined
  readonly outputs: readonly ModelColumn[] | undefined
}

const ModelYaml = z.object({
  flavors: z.record(z.string(), z.unknown()).default({}),
  model_size_bytes: z.number().optional(),
  signature: z.object({ inputs: z.string().nullish(), outputs: z.string().nullish() }).nullish(),
})

const Columns = z.array(
  z.object({
    name: z.string().optional(),
    type: z.string(),
    required: z.boolean().default(true),
    'tensor-spec': z.object({ dtype: z.string(), shape: z.array(z.number()) }).optional(),
  }),
)

/** Reads an MLmodel file (mlflow/models/model.py). @returns undefined where it is not one. */
export function parseModelFile(text: string): ModelFile | undefined {
  try {
    const { flavors, model_size_bytes, signature } = ModelYaml.parse(parse(text))
    return {
      flavors: Object.keys(flavors),
      sizeBytes: model_size_bytes,
      inputs: columnsOf(signature?.inputs),
      outputs: columnsOf(signature?.outputs),
    }
  } catch {
    return undefined
  }
}

/** A signature's columns are JSON text within the YAML. */
function columnsOf(json: string | null | undefined): ModelColumn[] | undefined {
  if (json == null) return undefined
  return Columns.parse(JSON.parse(json)).map(({ name, type, required, 'tensor-spec': tensor }) => ({
    name,
    type: tensor ? `${tensor.dtype}[${tensor.shape.join(', ')}]` : type,
    isRequired: required,
  }))
}
