import { machineTags } from '@waymark/contract/machine-tags'
import { createRun, type RunInfo, searchRuns } from '@waymark/contract/runs'
import type { z } from 'zod'
import { call } from './call.ts'
import type { Connection } from './connection.ts'
import { retrying } from './retry.ts'

export type NewRun = z.input<typeof createRun.request>

/** @returns the body of `runs/create` with a mark of its own, by which {@link createRunOnce} knows it again. */
export function markedRun(request: NewRun): NewRun {
  return { ...request, tags: [...(request.tags ?? []), { key: machineTags.request, value: crypto.randomUUID() }] }
}

/**
 * Makes a run. After an attempt whose answer was lost the run that it made is found by its mark, so that no second
 * one appears.
 * @param request from {@link markedRun}
 * @param tried true where an earlier attempt may have reached the server
 */
export async function createRunOnce(
  connection: Connection,
  request: NewRun,
  {
    patienceMs = 0,
    hurry,
    tried = false,
  }: { patienceMs?: number; hurry?: AbortSignal | undefined; tried?: boolean } = {},
): Promise<RunInfo> {
  return retrying(
    async (tries) => {
      const server = { signal: AbortSignal.timeout(60_000), ...connection }
      const made = tried || tries > 0 ? await findMarked(server, request) : undefined
      return made ?? (await call(server.base, createRun, request, server)).run.info
    },
    { patienceMs, hurry },
  )
}

async function findMarked(server: Connection, request: NewRun): Promise<RunInfo | undefined> {
  const mark = request.tags?.find((tag) => tag.key === machineTags.request)?.value
  const filter = `tags.\`${machineTags.request}\` = '${mark}'`
  const search = { experiment_ids: [request.experiment_id], filter, max_results: 1 }
  return (await call(server.base, searchRuns, search, server)).runs[0]?.info
}
