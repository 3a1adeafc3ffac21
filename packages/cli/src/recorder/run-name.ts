import type { Connection } from '@waymark/client/connection'
import { eachRun, quoted, tagNamed } from '@waymark/client/search-runs'
import type { Experiment } from '@waymark/contract/experiments'
import { reproTags } from '@waymark/contract/repro-report'
import type { Run } from '@waymark/contract/runs'
import { quote, UserError } from '../user-error.ts'
import { isKnownDeadProcess } from './previous-repro.ts'

/**
 * @returns the name as given, or `repro-<date>-<n>`, the next of that day.
 * @throws {UserError} where the given name is taken by a top-level run that is finished or still runs.
 */
export async function chooseRunName(
  server: Connection,
  experiment: Experiment,
  { given, now }: { given: string | undefined; now: Date },
): Promise<string> {
  if (given === undefined) return nextName(server, experiment, now)
  // No filter can hold both kinds of quotes; in LIKE `_` is any character.
  const hasBoth = given.includes("'") && given.includes('"')
  const same = hasBoth ? `LIKE ${quoted(given.replaceAll(/['\\]/g, '_'))}` : `= ${quoted(given)}`
  const filter = `attributes.run_name ${same}`
  for await (const run of eachRun(server, { experiment_ids: [experiment.experiment_id], filter })) {
    if (run.info.run_name === given && holdsName(run)) throw runNameTaken(given, experiment.name, run)
  }
  return given
}

function holdsName(run: Run): boolean {
  if (run.data.tags.some((tag) => tag.key === reproTags.parent)) return false
  if (run.info.status === 'FINISHED') return true
  return run.info.status === 'RUNNING' && !isKnownDeadProcess(run)
}

async function nextName(server: Connection, experiment: Experiment, now: Date): Promise<string> {
  const prefix = `repro-${localDate(now)}-`
  const filter = `${tagNamed('mlflow.runName')} LIKE ${quoted(`${prefix}%`)}`
  let last = 0
  const search = { experiment_ids: [experiment.experiment_id], filter, run_view_type: 'ALL' as const }
  for await (const run of eachRun(server, search)) {
    const number = Number(run.info.run_name.slice(prefix.length))
    if (Number.isInteger(number)) last = Math.max(last, number)
  }
  return `${prefix}${last + 1}`
}

function localDate(at: Date): string {
  const two = (part: number) => String(part).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}

function runNameTaken(name: string, experiment: string, by: Run): UserError {
  const state = by.info.status === 'RUNNING' ? 'one that still runs' : 'a finished one'
  return new UserError('run-name-taken', {
    message: `Cannot start run ${quote(name)}: experiment ${quote(experiment)} already has a run of that name, ${state} (${by.info.run_id})`,
    hint: 'Choose another tracking.run_name in config.yaml, leave it empty, or set tracking.experiment_name: false to run without tracking',
  })
}
