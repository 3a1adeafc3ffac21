import { z } from 'zod'
import { Tag } from './experiments.ts'
import { absent, Int64, Name, repeated, Text } from './proto.ts'
import { mlflowRpc } from './rpc.ts'

export const ModelVersion = z.object({
  name: z.string(),
  version: z.string(),
  creation_timestamp: Int64,
  last_updated_timestamp: Int64.optional(),
  current_stage: z.string().default('None'),
  description: z.string().optional(),
  source: z.string().optional(),
  run_id: z.string().optional(),
  run_link: z.string().optional(),
  status: z.string().default('READY'),
  status_message: z.string().optional(),
  tags: z.array(Tag).default([]),
  aliases: z.array(z.string()).default([]),
})
export type ModelVersion = z.output<typeof ModelVersion>

export const RegisteredModel = z.object({
  name: z.string(),
  creation_timestamp: Int64,
  last_updated_timestamp: Int64.optional(),
  description: z.string().optional(),
  latest_versions: z.array(ModelVersion).default([]),
  tags: z.array(Tag).default([]),
  aliases: z.array(z.object({ alias: z.string(), version: z.string() })).default([]),
})
export type RegisteredModel = z.output<typeof RegisteredModel>

const ByName = z.object({ name: Name })
const Nothing = z.object({})
const OneModel = z.object({ registered_model: RegisteredModel })
const write = { permission: 'model:write' } as const
const read = { permission: 'model:read' } as const

export const createRegisteredModel = mlflowRpc({
  ...write,
  method: 'POST',
  path: '/registered-models/create',
  summary: 'Create a registered model',
  request: ByName.extend({ tags: repeated(Tag), description: absent(Text) }),
  reply: OneModel,
})

export const getRegisteredModel = mlflowRpc({
  ...read,
  method: 'GET',
  path: '/registered-models/get',
  summary: 'Get a registered model',
  request: ByName,
  reply: OneModel,
})

export const renameRegisteredModel = mlflowRpc({
  ...write,
  method: 'POST',
  path: '/registered-models/rename',
  summary: 'Rename a registered model with its versions, tags and aliases',
  request: ByName.extend({ new_name: Name }),
  reply: OneModel,
})

export const updateRegisteredModel = mlflowRpc({
  ...write,
  method: 'PATCH',
  path: '/registered-models/update',
  summary: 'Set the description of a registered model; absent clears it',
  request: ByName.extend({ description: absent(Text) }),
  reply: OneModel,
})

export const deleteRegisteredModel = mlflowRpc({
  method: 'DELETE',
  path: '/registered-models/delete',
  summary: 'Delete a registered model with its versions, tags and aliases',
  permission: 'model:delete',
  request: ByName,
  reply: Nothing,
})

const search = {
  ...read,
  path: '/registered-models/search',
  summary: 'Search registered models',
  request: z.object({
    filter: absent(Text),
    max_results: absent(Int64),
    order_by: repeated(Text),
    page_token: absent(Text),
  }),
  reply: z.object({ registered_models: z.array(RegisteredModel).default([]), next_page_token: z.string().optional() }),
} as const
export const searchRegisteredModels = mlflowRpc({ method: 'GET', ...search })
/** The same search with its fields in the body, as the R client sends it. */
export const searchRegisteredModelsByPost = mlflowRpc({ method: 'POST', ...search })

export const setRegisteredModelTag = mlflowRpc({
  ...write,
  method: 'POST',
  path: '/registered-models/set-tag',
  summary: 'Set a tag of a registered model',
  request: ByName.extend(Tag.shape),
  reply: Nothing,
})

export const deleteRegisteredModelTag = mlflowRpc({
  ...write,
  method: 'DELETE',
  path: '/registered-models/delete-tag',
  summary: 'Delete a tag of a registered model',
  request: ByName.extend({ key: Name }),
  reply: Nothing,
})

export const setAlias = mlflowRpc({
  ...write,
  method: 'POST',
  path: '/registered-models/alias',
  summary: 'Point an alias at a version',
  request: ByName.extend({ alias: Name, version: Name }),
  reply: Nothing,
})

export const deleteAlias = mlflowRpc({
  ...write,
  method: 'DELETE',
  path: '/registered-models/alias',
  summary: 'Delete an alias',
  request: ByName.extend({ alias: Name }),
  reply: Nothing,
})

export const getVersionByAlias = mlflowRpc({
  ...read,
  method: 'GET',
  path: '/registered-models/alias',
  summary: 'Get the version an alias points at',
  request: ByName.extend({ alias: Name }),
  reply: z.object({ model_version: ModelVersion }),
})

const latest = {
  ...read,
  path: '/registered-models/get-latest-versions',
  summary: 'The newest version of each stage',
  request: ByName.extend({ stages: repeated(Text) }),
  reply: z.object({ model_versions: z.array(ModelVersion).default([]) }),
} as const
export const getLatestVersions = mlflowRpc({ method: 'POST', ...latest })
export const getLatestVersionsByQuery = mlflowRpc({ method: 'GET', ...latest })
