import type { ViewType } from '@waymark/contract/experiments'
import { invalid, notFound } from '../http/mlflow-error.ts'
import type { Queryable } from './connect.ts'
import { type Sql, sql } from './sql.ts'

/** @returns the rows of `column` that a view shows; active ones where the caller named no view. */
export function inView(column: Sql, view: ViewType | undefined): Sql {
  if (view === 'ALL') return sql`true`
  return sql`${column} = ${view === 'DELETED_ONLY' ? 'deleted' : 'active'}`
}

/** An experiment's id as the number that it is in the database. @throws {MlflowError} 404 for what was never an id. */
export function experimentNumber(id: string): number {
  const number = /^\d{1,18}$/.test(id) ? Number(id) : Number.NaN
  if (!Number.isSafeInteger(number)) throw noExperiment(id)
  return number
}

export function noExperiment(id: string) {
  return notFound(`No Experiment with id=${id.slice(0, 100)} exists`)
}

/** The error that tells why a write to an experiment found no active row. */
export async function whyNotActiveExperiment(db: Queryable, id: string) {
  const [row] = await db.query(sql`select from experiments where experiment_id = ${experimentNumber(id)}`)
  if (!row) return noExperiment(id)
  return invalid(`The experiment ${id} must be in the 'active' state. Current state is deleted.`)
}

/** The error that tells why a write to a run found no active row. */
export async function whyNotActiveRun(db: Queryable, runId: string) {
  const [row] = await db.query(sql`select from runs where run_id = ${runId}`)
  if (!row) return noRun(runId)
  return invalid(`The run ${runId} must be in the 'active' state. Current state is deleted.`)
}

export function noRun(runId: string) {
  return notFound(`Run with id=${runId.slice(0, 300)} not found`)
}
