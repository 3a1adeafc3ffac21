/** MLflow 3's logged models: a model as an entity of its own, made by a run or by none. */
import { z } from 'zod'
import { Tag } from './experiments.ts'
import { absent, Id, Int64, Name, repeated, Text } from './proto.ts'
import { mlflowRpc } from './rpc.ts'
import { Metric, Param } from './runs.ts'

export const loggedModelStatuses = [
  'LOGGED_MODEL_STATUS_UNSPECIFIED',
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
] as const
export const LoggedModelStatus = z.enum(loggedModelStatuses)

export const LoggedModel = z.object({
  info: z.object({
    model_id: z.string(),
    experiment_id: z.string(),
    name: z.string(),
    /** ms since epoch */
    creation_timestamp_ms: Int64,
    /** ms since epoch */
    last_updated_timestamp_ms: Int64,
    artifact_uri: z.string(),
    status: LoggedModelStatus,
    status_message: z.string().optional(),
    model_type: z.string().optional(),
    source_run_id: z.string().optional(),
    tags: z.array(Tag).default([]),
  }),
  data: z
    .object({
      params: z.array(Param).default([]),
      /** The latest point of each metric, by timestamp, then step. */
      metrics: z.array(Metric.extend({ run_id: z.string().optional() })).default([]),
    })
    .default({ params: [], metrics: [] }),
})
export type LoggedModel = z.output<typeof LoggedModel>

const ById = z.object({ model_id: Name })
const Nothing = z.object({})
const OneModel = z.object({ model: LoggedModel })
const write = { permission: 'model:write' } as const
const read = { permission: 'model:read' } as const

export const createLoggedModel = mlflowRpc({
  ...write,
  method: 'POST',
  path: '/logged-models',
  summary: 'Create a logged model, status PENDING',
  request: z.object({
    experiment_id: Id,
    name: absent(Text),
    model_type: absent(Text),
    source_run_id: absent(Text),
    params: repeated(Param),
    tags: repeated(Tag),
  }),
  reply: OneModel,
})

export const getLoggedModel = mlflowRpc({
  ...read,
  method: 'GET',
  path: '/logged-models/{model_id}',
  summary: 'Get a logged model',
  request: ById,
  reply: OneModel,
})

export const finalizeLoggedModel = mlflowRpc({
  ...write,
  method: 'PATCH',
  path: '/logged-models/{model_id}',
  summary: 'Set the status of a logged model',
  request: ById.extend({
    status: z.union([LoggedModelStatus, z.literal([0, 1, 2, 3]).transform((n) => loggedModelStatuses[n] ?? z.NEVER)]),
  }),
  reply: OneModel,
})

export const deleteLoggedModel = mlflowRpc({
  method: 'DELETE',
  path: '/logged-models/{model_id}',
  summary: 'Delete a logged model',
  permission: 'model:delete',
  request: ById,
  reply: Nothing,
})

export const searchLoggedModels = mlflowRpc({
  ...read,
  method: 'POST',
  path: '/logged-models/search',
  summary: 'Search logged models of one or more experiments',
  request: z.object({
    experiment_ids: repeated(Id, 50_000),
    filter: absent(Text),
    datasets: repeated(z.object({ dataset_name: Name, dataset_digest: absent(Text) })),
    max_results: absent(Int64),
    order_by: repeated(
      z.object({
        field_name: Name,
        ascending: absent(z.boolean()),
        dataset_name: absent(Text),
        dataset_digest: absent(Text),
      }),
    ),
    page_token: absent(Text),
  }),
  reply: z.object({ models: z.array(LoggedModel).default([]), next_page_token: z.string().optional() }),
})

export const setLoggedModelTags = mlflowRpc({
  ...write,
  method: 'PATCH',
  path: '/logged-models/{model_id}/tags',
  summary: 'Set tags of a logged model',
  request: ById.extend({ tags: repeated(Tag) }),
  reply: Nothing,
})

export const deleteLoggedModelTag = mlflowRpc({
  ...write,
  method: 'DELETE',
  path: '/logged-models/{model_id}/tags/{key}',
  summary: 'Delete a tag of a logged model',
  request: ById.extend({ key: Name }),
  reply: Nothing,
})

export const logLoggedModelParams = mlflowRpc({
  ...write,
  method: 'POST',
  path: '/logged-models/{model_id}/params',
  summary: 'Log params of a logged model',
  request: ById.extend({ params: repeated(Param) }),
  reply: Nothing,
})
