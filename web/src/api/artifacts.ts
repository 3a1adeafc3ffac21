import { queryOptions, type UseQueryResult, useQueries, useQuery } from '@tanstack/react-query'
import { errorOf } from '@waymark/client/call'
import { getArtifactPath, listArtifacts } from '@waymark/contract/artifacts'
import { pipelineArtifacts, ReproReport } from '@waymark/contract/repro-report'
import type { Run } from '@waymark/contract/runs'
import { ask } from './ask.ts'
import { apiBase } from './base.ts'
import { liveEvery } from './queries.ts'

export function artifactUrl(runId: string, path: string): string {
  return `${apiBase}${getArtifactPath}?${new URLSearchParams({ run_id: runId, path })}`
}

export function folderOf(runId: string, path: string) {
  return queryOptions({
    queryKey: ['artifacts', runId, path] as const,
    queryFn: async ({ signal }) => {
      const reply = await ask(listArtifacts, { run_id: runId, ...(path === '' ? {} : { path }) }, { signal })
      return reply.files
    },
  })
}

/** What a folder of a run's artifacts holds: folders and files, by name. */
export function useFolder(runId: string, path: string, { live = false }: { live?: boolean } = {}) {
  return useQuery({ ...folderOf(runId, path), refetchInterval: live ? 5_000 : false })
}

/** The first `limit` bytes of an artifact; `total` is its whole size in bytes. */
export interface ArtifactHead {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly total: number
}

export function useArtifactHead(runId: string, path: string, limit: number, { enabled = true } = {}) {
  return useQuery({
    queryKey: ['artifact', runId, path, limit],
    queryFn: ({ signal }) => readHead(runId, path, limit, signal),
    enabled,
    staleTime: 60_000,
  })
}

/** The record of the repro that made a run; null for a run that no pipeline made. */
export function reportOf(runId: string) {
  return queryOptions({
    queryKey: ['repro-report', runId] as const,
    queryFn: async ({ signal, client }): Promise<ReproReport | null> => {
      const folder = pipelineArtifacts.report.split('/').slice(0, -1).join('/')
      const files = await client.fetchQuery({ ...folderOf(runId, folder), staleTime: 0 })
      if (!files.some((file) => file.path === pipelineArtifacts.report)) return null
      const reply = await fetch(artifactUrl(runId, pipelineArtifacts.report), { signal, cache: 'no-store' })
      if (!reply.ok) throw await errorOf(reply, reply.url)
      return ReproReport.parse(await reply.json())
    },
  })
}

export function useReport(run: Run | undefined) {
  const live = run?.info.status === 'RUNNING'
  return useQuery({
    ...reportOf(run?.info.run_id ?? ''),
    enabled: run !== undefined,
    refetchInterval: live ? liveEvery : false,
    staleTime: live ? 0 : 60_000,
  })
}

/** The records of several runs, in their order: absent where one is still read or could not be. */
export interface Reports {
  readonly isReading: boolean
  readonly reports: readonly (ReproReport | null | undefined)[]
  readonly errors: readonly unknown[]
}

/** Comes in one piece when all are read: a table of hundreds of runs is not drawn anew for each. */
export function useReports(runIds: readonly string[]): Reports {
  return useQueries({
    queries: runIds.map((id) => ({ ...reportOf(id), staleTime: 60_000 })),
    combine: combineReports,
  })
}

function combineReports(results: readonly UseQueryResult<ReproReport | null>[]): Reports {
  if (results.some(({ isPending }) => isPending)) return { isReading: true, reports: [], errors: [] }
  return {
    isReading: false,
    reports: results.map(({ data }) => data),
    errors: results.map(({ error }) => error),
  }
}

async function readHead(runId: string, path: string, limit: number, signal: AbortSignal): Promise<ArtifactHead> {
  const reply = await fetch(artifactUrl(runId, path), { signal, headers: { range: `bytes=0-${limit - 1}` } })
  if (reply.status === 416) return { bytes: new Uint8Array(), total: 0 } // an empty file has no first byte
  if (!reply.ok) throw await errorOf(reply, reply.url)
  const bytes = new Uint8Array(await reply.arrayBuffer())
  const total = Number(/\/(\d+)$/.exec(reply.headers.get('content-range') ?? '')?.[1] ?? bytes.length)
  return { bytes: bytes.length > limit ? bytes.slice(0, limit) : bytes, total }
}
