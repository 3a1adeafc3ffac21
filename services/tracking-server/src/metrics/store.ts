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
  const page = sql`
    select p.* from metric_points p
    where p.series_no = (select s.series_no from metric_series s join runs r using (run_no)
                         where r.run_id = ${runId} and s.key = ${key})
      and ${historyOrder.after(token)}
    order by p.timestamp, p.step, p.value limit ${limit ?? null}`
  const [row] = await db.query<{ points: string | null; count: number }>(sql`
    select string_agg(${start}::text || ${pointText} || '}', ',' order by p.timestamp, p.step, p.value) as points,
           count(*) as count from (${page}) p`)
  if (!row?.points) return { points: '', next: undefined }
  if (limit === undefined || row.count < limit) return { points: row.points, next: undefined }
  const [last] = await db.query<object>(sql`
    select ${historyOrder.columns} from (${page}) p order by ${historyOrder.orderBy} offset ${limit - 1}`)
  return { points: row.points, next: last && historyOrder.tokenAfter(last) }
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
               ntile(${limit}) over in_order as bucket,
               row_number() over in_order as place,
               count(*) over (partition by r.run_no) as total
        from runs r join metric_series s on s.run_no = r.run_no and s.key = ${key} join metric_points p using (series_no)
        where r.run_id = any(${runIds}::text[]) and ${inSteps}
        window in_order as (partition by r.run_no order by p.step, p.timestamp, p.value)
      ), sampled as (
        select *, first_value(place) over (partition by run_id, bucket order by place) as first_place,
               max(bucket) over (partition by run_id) as last_bucket
        from point
      )
      select run_id, timestamp, step, value from sampled
      where case when bucket = last_bucket then place = total else place = first_place end`,
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
