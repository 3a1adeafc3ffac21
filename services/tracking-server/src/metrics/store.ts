import type { Queryable } from '../db/connect.ts'
import { type Sql, sql } from '../db/sql.ts'
import { type Keyset, keyset } from '../search/keyset.ts'

/** The JSON of one point, written by PostgreSQL (alias `p`): NaN and ±Infinity come out as protobuf's strings. */
const pointText = sql`',"value":' || to_json(p.value) || ',"timestamp":' || p.timestamp || ',"step":' || p.step`

/** Histories go by timestamp, step, value: the order of the points' primary key. */
export const historyOrder: Keyset = keyset([
  { expression: sql`p.timestamp`, descending: false, type: 'bigint' },
  { expression: sql`p.step`, descending: false, type: 'bigint' },
  { expression: sql`p.value`, descending: false, type: 'double precision' },
])

/**
 * The points of one metric of one run, from behind `token` on.
 * Plan: one range of the primary key of metric_points, read in its order.
 * @param limit undefined for all of them
 * @returns the points' JSON, joined by commas, and the token of the next page where there is one.
 */
export async function readHistory(
  db: Queryable,
  { runId, key, token, limit }: { runId: string; key: string; token: string | undefined; limit: number | undefined },
): Promise<{ points: string; next: string | undefined }> {
  const start = `{"key":${JSON.stringify(key)}`
  const [row] = await db.query<{ points: string | null; count: number }>(sql`
    select string_agg(${start}::text || ${pointText} || '}', ',' order by p.timestamp, p.step, p.value) as points,
           count(*) as count
    from (select p.* from metric_points p
          where p.series_no = (select s.series_no from metric_series s join runs r using (run_no)
                               where r.run_id = ${runId} and s.key = ${key})
            and ${historyOrder.after(token)}
          order by p.timestamp, p.step, p.value limit ${limit ?? null}) p`)
  if (!row?.points) return { points: '', next: undefined }
  const isFull = limit !== undefined && row.count === limit
  return { points: row.points, next: isFull ? tokenAfterLast(row.points, start) : undefined }
}

/** The token from the text of the last point; no key holds a quotation mark, so `start` begins points only. */
function tokenAfterLast(points: string, start: string): string {
  const { timestamp, step, value } = JSON.parse(points.slice(points.lastIndexOf(start))) as Record<string, unknown>
  return historyOrder.tokenAfter({ k0: timestamp, k1: step, k2: value })
}

/** Runs by id, then points by timestamp, step, value; at most `limit` in all. @returns their JSON, joined by commas. */
export async function readBulk(
  db: Queryable,
  { runIds, key, limit }: { runIds: readonly string[]; key: string; limit: number },
): Promise<string> {
  return joinedPoints(
    db,
    key,
    sql`select r.run_id, p.timestamp, p.step, p.value
        from runs r join metric_series s on s.run_no = r.run_no and s.key = ${key} join metric_points p using (series_no)
        where r.run_id = any(${runIds}::text[])
        order by r.run_id, p.timestamp, p.step, p.value limit ${limit}`,
    sql`p.run_id, p.timestamp, p.step, p.value`,
  )
}

/**
 * At most `limit` points of each run, spread evenly, as MLflow 3.17.2 does: the points by step, timestamp and
 * value fall into `limit` buckets (NTILE), the first of each is taken, and the last bucket gives the last point.
 * @returns their JSON, joined by commas.
 */
export async function readSampled(
  db: Queryable,
  search: { runIds: readonly string[]; key: string; steps: readonly [number, number] | undefined; limit: number },
): Promise<string> {
  const { runIds, key, steps, limit } = search
  const inSteps = steps ? sql`p.step between ${steps[0]} and ${steps[1]}` : sql`true`
  return joinedPoints(
    db,
    key,
    sql`
      with point as (
        select r.run_id, p.timestamp, p.step, p.value,
               row_number() over (partition by r.run_no order by p.step, p.timestamp, p.value) as place,
               count(*) over (partition by r.run_no) as total
        from runs r join metric_series s on s.run_no = r.run_no and s.key = ${key} join metric_points p using (series_no)
        where r.run_id = any(${runIds}::text[]) and ${inSteps}
      ), bucketed as (
        -- NTILE's buckets by arithmetic: the first 'longer' ones hold one point more than 'size'
        select *, total / ${limit}::bigint as size, total % ${limit}::bigint as longer from point
      )
      select run_id, timestamp, step, value from bucketed
      where place = total
         or size = 0
         or (place <= total - size
             and case when place <= longer * (size + 1) then (place - 1) % (size + 1) = 0
                      else (place - 1 - longer * (size + 1)) % size = 0 end)`,
    sql`array_position(${runIds}::text[], p.run_id), p.step, p.timestamp, p.value`,
  )
}

async function joinedPoints(db: Queryable, key: string, points: Sql, order: Sql): Promise<string> {
  const start = `{"key":${JSON.stringify(key)}`
  const [row] = await db.query<{ points: string | null }>(sql`
    select string_agg(${start}::text || ${pointText} || ',"run_id":' || to_json(p.run_id) || '}', ',' order by ${order}) as points
    from (${points}) p`)
  return row?.points ?? ''
}
