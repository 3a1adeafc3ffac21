import { z } from 'zod'
import { absent, Id, Int64, Name, repeated, Text } from './proto.ts'
import { mlflowRpc } from './rpc.ts'

export const LifecycleStage = z.enum(['active', 'deleted'])
const viewTypes = ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'] as const
/** By name, or by the number of the enum (1, 2, 3). */
export const ViewType = z.union([
  z.enum(viewTypes),
  z.literal([1, 2, 3, '1', '2', '3']).transform((number) => viewTypes[Number(number) - 1] ?? z.NEVER),
])
export type ViewType = z.output<typeof ViewType>

export const Tag = z.object({ key: Name, value: absent(Text).transform((value) => value ?? '') })
export type Tag = z.output<typeof Tag>

export const Experiment = z.object({
  experiment_id: z.string(),
  name: z.string(),
  artifact_location: z.string(),
  lifecycle_stage: LifecycleStage,
  /** ms since epoch */
  creation_time: Int64.optional(),
  /** ms since epoch */
  last_update_time: Int64.optional(),
  tags: z.array(Tag).default([]),
})
export type Experiment = z.output<typeof Experiment>

const ById = z.object({ experiment_id: Id })
const Nothing = z.object({})

export const createExperiment = mlflowRpc({
  method: 'POST',
  path: '/experiments/create',
  summary: 'Create an experiment',
  permission: 'experiment:write',
  request: z.object({ name: Name, artifact_location: absent(Text), tags: repeated(Tag) }),
  reply: z.object({ experiment_id: z.string() }),
})

export const getExperiment = mlflowRpc({
  method: 'GET',
  path: '/experiments/get',
  summary: 'Get an experiment by id, deleted ones too',
  permission: 'experiment:read',
  request: ById,
  reply: z.object({ experiment: Experiment }),
})

export const getExperimentByName = mlflowRpc({
  method: 'GET',
  path: '/experiments/get-by-name',
  summary: 'Get an experiment by name, deleted ones too',
  permission: 'experiment:read',
  request: z.object({ experiment_name: Name }),
  reply: z.object({ experiment: Experiment }),
})

const search = {
  path: '/experiments/search',
  summary: 'Search experiments',
  permission: 'experiment:read',
  request: z.object({
    max_results: absent(Int64),
    page_token: absent(Text),
    filter: absent(Text),
    order_by: repeated(Text),
    view_type: absent(ViewType),
  }),
  reply: z.object({ experiments: z.array(Experiment).default([]), next_page_token: z.string().optional() }),
} as const

export const searchExperiments = mlflowRpc({ method: 'POST', ...search })
/** The same search with its fields in the query string. */
export const searchExperimentsByQuery = mlflowRpc({ method: 'GET', ...search })

export const deleteExperiment = mlflowRpc({
  method: 'POST',
  path: '/experiments/delete',
  summary: 'Delete an experiment and its runs, restorable',
  permission: 'experiment:delete',
  request: ById,
  reply: Nothing,
})

export const restoreExperiment = mlflowRpc({
  method: 'POST',
  path: '/experiments/restore',
  summary: 'Restore a deleted experiment and its runs',
  permission: 'experiment:write',
  request: ById,
  reply: Nothing,
})

export const updateExperiment = mlflowRpc({
  method: 'POST',
  path: '/experiments/update',
  summary: 'Rename an experiment',
  permission: 'experiment:write',
  request: ById.extend({ new_name: Name }),
  reply: Nothing,
})

export const setExperimentTag = mlflowRpc({
  method: 'POST',
  path: '/experiments/set-experiment-tag',
  summary: 'Set a tag of an experiment',
  permission: 'experiment:write',
  request: ById.extend(Tag.shape),
  reply: Nothing,
})

export const deleteExperimentTag = mlflowRpc({
  method: 'POST',
  path: '/experiments/delete-experiment-tag',
  summary: 'Delete a tag of an experiment',
  permission: 'experiment:write',
  request: ById.extend({ key: Name }),
  reply: Nothing,
})

/** Only under `/ajax-api`, as with MLflow: its own pages ask for it. */
export const searchDatasets = {
  ...mlflowRpc({
    method: 'POST',
    path: '/experiments/search-datasets',
    summary: 'The data sets that runs of some experiments read',
    permission: 'experiment:read',
    request: z.object({ experiment_ids: repeated(Id, 50_000) }),
    reply: z.object({
      dataset_summaries: z
        .array(
          z.object({ experiment_id: z.string(), name: z.string(), digest: z.string(), context: z.string().optional() }),
        )
        .default([]),
    }),
  }),
  prefixes: ['/ajax-api/2.0/mlflow'],
}
