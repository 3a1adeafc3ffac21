import { z } from 'zod'
import { Tag } from './experiments.ts'
import { absent, Int64, Name, repeated, Text } from './proto.ts'
import { ModelVersion } from './registered-models.ts'
import { mlflowRpc } from './rpc.ts'

const ByVersion = z.object({ name: Name, version: Name })
const Nothing = z.object({})
const OneVersion = z.object({ model_version: ModelVersion })
const write = { permission: 'model:write' } as const
const read = { permission: 'model:read' } as const

/** Tags that publishing a model gives its version. */
export const versionTags = {
  /** SHA-256 of the content of the model folder. */
  content: 'waymark.model.content',
  /** `<model-type>-<params>-<train-dates-hash>-<feature-hash>` */
  ruleName: 'waymark.model.name',
  /** Hash of the rows it was tested on. */
  test: 'waymark.test',
  /** Which metric of these rows the score is. */
  metric: 'waymark.metric',
  score: 'waymark.score',
  /** What became of it when it was published: `champion`, or `kept <version>`. */
  promotion: 'waymark.promotion',
} as const

export const createModelVersion = mlflowRpc({
  ...write,
  method: 'POST',
  path: '/model-versions/create',
  summary: 'Register a version of a model',
  request: z.object({
    name: Name,
    source: Name,
    run_id: absent(Text),
    tags: repeated(Tag),
    run_link: absent(Text),
    description: absent(Text),
    model_id: absent(Text),
  }),
  reply: OneVersion,
})

export const getModelVersion = mlflowRpc({
  ...read,
  method: 'GET',
  path: '/model-versions/get',
  summary: 'Get a version of a model',
  request: ByVersion,
  reply: OneVersion,
})

export const updateModelVersion = mlflowRpc({
  ...write,
  method: 'PATCH',
  path: '/model-versions/update',
  summary: 'Set the description of a version; absent clears it',
  request: ByVersion.extend({ description: absent(Text) }),
  reply: OneVersion,
})

export const transitionStage = mlflowRpc({
  ...write,
  method: 'POST',
  path: '/model-versions/transition-stage',
  summary: 'Move a version to a stage (deprecated in MLflow in favour of aliases)',
  request: ByVersion.extend({ stage: Name, archive_existing_versions: absent(z.boolean()) }),
  reply: OneVersion,
})

export const deleteModelVersion = mlflowRpc({
  method: 'DELETE',
  path: '/model-versions/delete',
  summary: 'Delete a version of a model; its number is never used again',
  permission: 'model:delete',
  request: ByVersion,
  reply: Nothing,
})

export const searchModelVersions = mlflowRpc({
  ...read,
  method: 'GET',
  path: '/model-versions/search',
  summary: 'Search versions of models',
  request: z.object({
    filter: absent(Text),
    max_results: absent(Int64),
    order_by: repeated(Text),
    page_token: absent(Text),
  }),
  reply: z.object({ model_versions: z.array(ModelVersion).default([]), next_page_token: z.string().optional() }),
})

export const getDownloadUri = mlflowRpc({
  ...read,
  method: 'GET',
  path: '/model-versions/get-download-uri',
  summary: 'Where the files of a version are',
  request: ByVersion,
  reply: z.object({ artifact_uri: z.string() }),
})

export const setModelVersionTag = mlflowRpc({
  ...write,
  method: 'POST',
  path: '/model-versions/set-tag',
  summary: 'Set a tag of a version',
  request: ByVersion.extend(Tag.shape),
  reply: Nothing,
})

export const deleteModelVersionTag = mlflowRpc({
  ...write,
  method: 'DELETE',
  path: '/model-versions/delete-tag',
  summary: 'Delete a tag of a version',
  request: ByVersion.extend({ key: Name }),
  reply: Nothing,
})
