import { z } from 'zod'
import { LifecycleStage, Tag, ViewType } from './experiments.ts'
import { absent, Double, Id, Int64, Name, repeated, Text } from './proto.ts'
import { mlflowRpc } from './rpc.ts'

export const RunStatus = z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'])
export type RunStatus = z.output<typeof RunStatus>
/** In requests the number of the enum is as good as its name. */
const RunStatusField = z.union([
  RunStatus,
  z.literal([1, 2, 3, 4, 5]).transform((number) => RunStatus.options[number - 1] ?? z.NEVER),
])

export const RunInfo = z.object({
  run_id: z.string(),
  /** MLflow's older name of `run_id`; always the same. */
  run_uuid: z.string().optional(),
  experiment_id: z.string(),
  run_name: z.string().default(''),
  user_id: z.string().default(''),
  status: RunStatus,
  /** ms since epoch */
  start_time: Int64.default(0),
  /** ms since epoch; absent while the run has not ended */
  end_time: Int64.optional(),
  artifact_uri: z.string().default(''),
  lifecycle_stage: LifecycleStage,
})
export type RunInfo = z.output<typeof RunInfo>

export const Metric = z.object({
  key: Name,
  value: Double,
  /** ms since epoch */
  timestamp: Int64,
  step: absent(Int64).transform((step) => step ?? 0),
  model_id: absent(Text),
  dataset_name: absent(Text),
  dataset_digest: absent(Text),
})
export type Metric = z.output<typeof Metric>

export const Param = z.object({ key: Name, value: absent(Text).transform((value) => value ?? '') })
export type Param = z.output<typeof Param>

export const Dataset = z.object({
  name: Text.default(''),
  digest: Text.default(''),
  source_type: Text.default(''),
  source: Text.default(''),
  schema: absent(Text),
  profile: absent(Text),
})
/** MLflow sets no limits here; its clients log one data set at a time, with one tag. */
export const DatasetInput = z.object({ tags: repeated(Tag, 100), dataset: Dataset })
export const ModelInput = z.object({ model_id: Name })
export const ModelOutput = z.object({ model_id: Name, step: absent(Int64).transform((step) => step ?? 0) })

export const Run = z.object({
  info: RunInfo,
  data: z
    .object({
      /** The latest point of each key: greatest (step, timestamp, value). */
      metrics: z.array(Metric).default([]),
      params: z.array(Param).default([]),
      tags: z.array(Tag).default([]),
    })
    .default({ metrics: [], params: [], tags: [] }),
  inputs: z
    .object({ dataset_inputs: z.array(DatasetInput).default([]), model_inputs: z.array(ModelInput).default([]) })
    .optional(),
  outputs: z.object({ model_outputs: z.array(ModelOutput).default([]) }).optional(),
})
export type Run = z.output<typeof Run>

/** `run_uuid` is the older name that clients still send beside `run_id`. */
const ByRun = z.object({ run_id: absent(Text), run_uuid: absent(Text) })
const ByRunId = z.object({ run_id: Name })
const Nothing = z.object({})

export const createRun = mlflowRpc({
  method: 'POST',
  path: '/runs/create',
  summary: 'Create a run',
  permission: 'run:write',
  request: z.object({
    experiment_id: Id,
    user_id: absent(Text),
    run_name: absent(Text),
    start_time: absent(Int64),
    tags: repeated(Tag),
  }),
  reply: z.object({ run: Run }),
})

export const getRun = mlflowRpc({
  method: 'GET',
  path: '/runs/get',
  summary: 'Get a run with its latest metrics, params and tags',
  permission: 'run:read',
  request: ByRun,
  reply: z.object({ run: Run }),
})

export const updateRun = mlflowRpc({
  method: 'POST',
  path: '/runs/update',
  summary: 'Set status, end time or name of a run',
  permission: 'run:write',
  request: ByRun.extend({ status: absent(RunStatusField), end_time: absent(Int64), run_name: absent(Text) }),
  reply: z.object({ run_info: RunInfo }),
})

export const deleteRun = mlflowRpc({
  method: 'POST',
  path: '/runs/delete',
  summary: 'Delete a run, restorable',
  permission: 'run:delete',
  request: ByRunId,
  reply: Nothing,
})

export const restoreRun = mlflowRpc({
  method: 'POST',
  path: '/runs/restore',
  summary: 'Restore a deleted run',
  permission: 'run:write',
  request: ByRunId,
  reply: Nothing,
})

export const searchRuns = mlflowRpc({
  method: 'POST',
  path: '/runs/search',
  summary: 'Search runs of one or more experiments',
  permission: 'run:read',
  request: z.object({
    experiment_ids: repeated(Id, 50_000),
    filter: absent(Text),
    run_view_type: absent(ViewType),
    max_results: absent(Int64),
    order_by: repeated(Text),
    page_token: absent(Text),
  }),
  reply: z.object({ runs: z.array(Run).default([]), next_page_token: z.string().optional() }),
})

export const logMetric = mlflowRpc({
  method: 'POST',
  path: '/runs/log-metric',
  summary: 'Log one point of a metric',
  permission: 'run:write',
  request: ByRun.extend(Metric.shape),
  reply: Nothing,
})

export const logParameter = mlflowRpc({
  method: 'POST',
  path: '/runs/log-parameter',
  summary: 'Log a param; a param never changes',
  permission: 'run:write',
  request: ByRun.extend(Param.shape),
  reply: Nothing,
})

export const setTag = mlflowRpc({
  method: 'POST',
  path: '/runs/set-tag',
  summary: 'Set a tag of a run',
  permission: 'run:write',
  request: ByRun.extend(Tag.shape),
  reply: Nothing,
})

export const deleteTag = mlflowRpc({
  method: 'POST',
  path: '/runs/delete-tag',
  summary: 'Delete a tag of a run',
  permission: 'run:write',
  request: ByRunId.extend({ key: Name }),
  reply: Nothing,
})

/** MLflow's limits of one batch. */
export const batchLimits = { metrics: 1000, params: 100, tags: 100, total: 1000 } as const

export const logBatch = mlflowRpc({
  method: 'POST',
  path: '/runs/log-batch',
  summary: 'Log metrics, params and tags of a run, all or none',
  permission: 'run:write',
  request: ByRunId.extend({ metrics: repeated(Metric), params: repeated(Param), tags: repeated(Tag) }),
  reply: Nothing,
})

export const logInputs = mlflowRpc({
  method: 'POST',
  path: '/runs/log-inputs',
  summary: 'Log the data sets and models that a run read',
  permission: 'run:write',
  request: ByRunId.extend({ datasets: repeated(DatasetInput, 100), models: repeated(ModelInput) }),
  reply: Nothing,
})

export const logOutputs = mlflowRpc({
  method: 'POST',
  path: '/runs/outputs',
  summary: 'Log the models that a run made',
  permission: 'run:write',
  request: ByRunId.extend({ models: repeated(ModelOutput) }),
  reply: Nothing,
})

/** What MLflow 2 and R clients send of a logged model; it is kept in the tag `mlflow.log-model.history`. */
export const logModel = mlflowRpc({
  method: 'POST',
  path: '/runs/log-model',
  summary: "Append a model's description to the run's list of models",
  permission: 'run:write',
  request: ByRunId.extend({ model_json: Name }),
  reply: Nothing,
})
