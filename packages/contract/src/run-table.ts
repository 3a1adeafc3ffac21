/** What the runs table asks for beyond MLflow's API. */
import { z } from 'zod'
import { absent, Id, Int64, repeated, Text } from './proto.ts'
import { waymarkRpc } from './rpc.ts'
import { searchRuns } from './runs.ts'

export const countRuns = waymarkRpc({
  method: 'POST',
  path: '/runs/count',
  summary: 'How many runs a search would find',
  permission: 'run:read',
  request: searchRuns.request.pick({ experiment_ids: true, filter: true, run_view_type: true }),
  reply: z.object({ count: Int64 }),
})

export const countChildren = waymarkRpc({
  method: 'POST',
  path: '/runs/count-children',
  summary: 'How many active child runs each of some runs has; a run without one is left out',
  permission: 'run:read',
  request: z.object({ run_ids: repeated(Text) }),
  reply: z.object({ children: z.array(z.object({ run_id: z.string(), count: Int64 })) }),
})

export const listRunKeys = waymarkRpc({
  method: 'POST',
  path: '/runs/keys',
  summary: 'The metric, param and tag keys that the active runs of some experiments have',
  permission: 'run:read',
  request: z.object({ experiment_ids: repeated(Id, 50_000), filter: absent(Text) }),
  reply: z.object({ metrics: z.array(z.string()), params: z.array(z.string()), tags: z.array(z.string()) }),
})

export const summariseExperiments = waymarkRpc({
  method: 'POST',
  path: '/experiments/summarise',
  summary: 'Active top-level runs and the last activity of each of some experiments',
  permission: 'experiment:read',
  request: z.object({ experiment_ids: repeated(Id, 50_000) }),
  reply: z.object({
    experiments: z.array(
      z.object({
        experiment_id: z.string(),
        runs: Int64,
        running: Int64,
        /** ms since epoch, start of the newest run; absent without runs */
        last_run_time: Int64.optional(),
      }),
    ),
  }),
})
