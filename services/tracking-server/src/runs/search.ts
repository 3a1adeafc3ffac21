import type { ViewType } from '@waymark/contract/experiments'
import type { Queryable } from '../db/connect.ts'
import { experimentNumber, inView } from '../db/lifecycle.ts'
import { type Sql, sql } from '../db/sql.ts'
import type { Keyset } from '../search/keyset.ts'
import { renderRuns } from './render.ts'

export interface RunSearch {
  readonly experimentIds: readonly string[]
  readonly view: ViewType | undefined
  readonly condition: Sql
}

/**
 * One page of runs: first which (index `runs_by_start` for the default order), then their JSON.
 * @returns the answer's text. A token is given whenever the page is full, as MLflow gives it.
 */
export async function searchRuns(
  db: Queryable,
  search: RunSearch & { order: Keyset; token: string | undefined; size: number },
): Promise<string> {
  const { order } = search
  const page = await db.query<{ run_no: number }>(sql`
    select r.run_no, ${order.columns} from runs r
    where ${matches(search)} and ${order.after(search.token)} order by ${order.orderBy} limit ${search.size}`)
  const texts = await renderRuns(
    db,
    page.map((row) => row.run_no),
  )
  const runs = page.map((row) => texts.get(row.run_no)).filter((text) => text !== undefined)
  const last = page.at(-1)
  const token = page.length === search.size && last ? `"next_page_token":${JSON.stringify(order.tokenAfter(last))}` : ''
  return `{${[runs.length > 0 ? `"runs":[${runs.join(',')}]` : '', token].filter(Boolean).join(',')}}`
}

export async function countRuns(db: Queryable, search: RunSearch): Promise<number> {
  const [row] = await db.query<{ count: number }>(sql`select count(*) as count from runs r where ${matches(search)}`)
  return row?.count ?? 0
}

function matches({ experimentIds, view, condition }: RunSearch): Sql {
  const ids = [...new Set(experimentIds)].map(experimentNumber)
  // one experiment by `=`, so that the order of the index is the order of the page
  const inExperiments =
    ids.length === 1 ? sql`r.experiment_id = ${ids[0]}` : sql`r.experiment_id = any(${ids}::bigint[])`
  return sql`${inExperiments} and ${inView(sql`r.lifecycle_stage`, view)} and ${condition}`
}
