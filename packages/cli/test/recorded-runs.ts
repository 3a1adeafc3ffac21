import type { ArtifactFolder } from '@waymark/client/artifacts'
import { call } from '@waymark/client/call'
import { findExperiment } from '@waymark/client/experiments'
import { ReproReport } from '@waymark/contract/repro-report'
import { type Run, searchRuns } from '@waymark/contract/runs'

/** The runs of an experiment, newest first, with those below others. */
export async function runsOf(base: string, experiment: string): Promise<Run[]> {
  const found = await findExperiment({ base, headers: {} }, experiment)
  if (!found) throw new Error(`there is no experiment ${experiment}`)
  const search = { experiment_ids: [found.experiment_id], max_results: 1000 }
  return (await call(base, searchRuns, search)).runs
}

/** Those that a repro recorded. */
export async function reprosOf(base: string, experiment: string): Promise<Run[]> {
  return (await runsOf(base, experiment)).filter(({ data }) => !('mlflow.parentRunId' in valuesOf(data.tags)))
}

export async function onlyReproOf(base: string, experiment: string): Promise<Run> {
  const [run, ...more] = await reprosOf(base, experiment)
  if (!run || more.length > 0)
    throw new Error(`experiment ${experiment} has ${run ? more.length + 1 : 0} runs of repros`)
  return run
}

export function valuesOf<T>(items: readonly { key: string; value: T }[]): Record<string, T> {
  return Object.fromEntries(items.map(({ key, value }) => [key, value]))
}

export async function textOf(artifacts: ArtifactFolder, path: string): Promise<string> {
  return Buffer.concat(await Array.fromAsync(await artifacts.get(path))).toString('utf8')
}

export async function reportOf(artifacts: ArtifactFolder): Promise<ReproReport> {
  return ReproReport.parse(JSON.parse(await textOf(artifacts, 'pipeline/repro.json')))
}
