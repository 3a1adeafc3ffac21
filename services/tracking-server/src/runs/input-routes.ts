import * as contract from '@waymark/contract/runs'
import type { Context } from '../context.ts'
import { requireLength } from '../http/limits.ts'
import { invalid, missingParameter } from '../http/mlflow-error.ts'
import type { RouteTable } from '../http/serve.ts'
import { logInputs, logOutputs } from './inputs.ts'
import { appendToTag } from './log.ts'

const most = {
  name: 500,
  digest: 36,
  source: 65_535,
  schema: 1_048_575,
  profile: 16_777_215,
  key: 255,
  value: 500,
  modelId: 255,
}

export function runInputRoutes(routes: RouteTable, { db }: Pick<Context, 'db'>): void {
  routes.add(contract.logInputs, async ({ run_id, datasets, models }) => {
    for (const { dataset, tags } of datasets) {
      for (const field of ['name', 'digest', 'source', 'schema', 'profile'] as const) {
        requireLength(dataset[field], most[field], `dataset ${field}`)
      }
      for (const { key, value } of tags) {
        requireLength(key, most.key, 'dataset tag key')
        requireLength(value, most.value, 'dataset tag value')
      }
    }
    for (const { model_id } of models) requireLength(model_id, most.modelId, 'model_id')
    await logInputs(db, run_id, { datasets, modelIds: models.map((model) => model.model_id) })
    return {}
  })
  routes.add(contract.logOutputs, async ({ run_id, models }) => {
    if (models.length === 0) throw missingParameter('models')
    for (const { model_id } of models) requireLength(model_id, most.modelId, 'model_id')
    await logOutputs(db, run_id, models)
    return {}
  })
  routes.add(contract.logModel, async ({ run_id, model_json }) => {
    requireModel(model_json)
    await appendToTag(db, run_id, { key: 'mlflow.log-model.history', entry: model_json.trim() })
    return {}
  })
}

const modelFields = ['artifact_path', 'flavors', 'utc_time_created', 'run_id'] as const

/** @throws {MlflowError} 400 where it is not JSON, or lacks a field that MLflow asks for. */
function requireModel(text: string): void {
  let model: unknown
  try {
    model = JSON.parse(text)
  } catch {
    throw invalid(`Malformed model info. '${text.slice(0, 200)}' is not JSON`)
  }
  if (typeof model !== 'object' || model === null || Array.isArray(model))
    throw invalid('Malformed model info. It is no JSON object')
  const missing = modelFields.filter((field) => !(field in model))
  if (missing.length > 0) throw invalid(`Model json is missing mandatory fields: ${missing.join(', ')}`)
}
