import type { Queryable } from '../db/connect.ts'
import { type Sql, sql } from '../db/sql.ts'

/** How much of a run its JSON tells: a search leaves the models that the run read out, as MLflow's does. */
export type Detail = 'all' | 'search'

interface RenderedRow {
  readonly run_no: number
  readonly run_id: string
  readonly experiment_id: string
  readonly run_name: string
  readonly user_id: string
  readonly status: string
  readonly start_time: number
  readonly end_time: number | null
  readonly lifecycle_stage: string
  readonly artifact_uri: string
  readonly metrics: string | null
  readonly params: string | null
  readonly tags: string | null
  readonly dataset_inputs: string | null
  readonly model_inputs: string | null
  readonly model_outputs: string | null
}

/**
 * The JSON of runs, in MLflow's form. PostgreSQL writes the lists: its JSON has NaN and ±Infinity as the
 * strings that protobuf's has, and nothing is turned into objects and back.
 * Plan: one index scan per run and list (the primary keys begin with run_no).
 * @returns the text of each run by its number.
 */
export async function renderRuns(
  db: Queryable,
  runNos: readonly number[],
  detail: Detail = 'search',
): Promise<Map<number, string>> {
  if (runNos.length === 0) return new Map()
  const rows = await db.query<RenderedRow>(statement(runNos, detail), { prepareAs: `render-runs-${detail}` })
  return new Map(rows.map((row) => [row.run_no, textOf(row)]))
}

function statement(runNos: readonly number[], detail: Detail): Sql {
  return sql`
    select r.run_no, r.run_id, r.experiment_id::text as experiment_id, r.run_name, r.user_id, r.status, r.start_time,
           r.end_time, r.lifecycle_stage, r.artifact_uri,
           (select string_agg('{"key":' || to_json(m.key) || ',"value":' || to_json(m.value)
                              || ',"timestamp":' || m.timestamp || ',"step":' || m.step || '}', ',' order by m.key)
            from metric_series m where m.run_no = r.run_no) as metrics,
           (select string_agg('{"key":' || to_json(p.key) || ',"value":' || to_json(p.value) || '}', ',' order by p.key)
            from params p where p.run_no = r.run_no) as params,
           (select string_agg('{"key":' || to_json(t.key) || ',"value":' || to_json(t.value) || '}', ',' order by t.key)
            from tags t where t.run_no = r.run_no) as tags,
           (select string_agg(json_strip_nulls(json_build_object('tags', nullif(i.tags, '[]'), 'dataset', json_build_object(
                     'name', d.name, 'digest', d.digest, 'source_type', d.source_type, 'source', d.source,
                     'schema', d.schema, 'profile', d.profile)))::text, ',' order by d.dataset_no)
            from dataset_inputs i join datasets d using (dataset_no) where i.run_no = r.run_no) as dataset_inputs,
           (select string_agg(json_build_object('model_id', i.model_id)::text, ',' order by i.model_id)
            from model_inputs i where ${detail === 'all'} and i.run_no = r.run_no) as model_inputs,
           (select string_agg(json_build_object('model_id', o.model_id, 'step', o.step)::text, ',' order by o.model_id)
            from model_outputs o where o.run_no = r.run_no) as model_outputs
    from runs r where r.run_no = any(${runNos}::bigint[])`
}

function textOf(row: RenderedRow): string {
  const data = lists({ metrics: row.metrics, params: row.params, tags: row.tags })
  const inputs = lists({ dataset_inputs: row.dataset_inputs, model_inputs: row.model_inputs })
  const outputs = lists({ model_outputs: row.model_outputs })
  return `{"info":${JSON.stringify(runInfo(row))},"data":${data},"inputs":${inputs},"outputs":${outputs}}`
}

/** The lists that have something in them, as an object's text. */
function lists(texts: Record<string, string | null>): string {
  const present = Object.entries(texts).filter(([, text]) => text !== null)
  return `{${present.map(([name, text]) => `"${name}":[${text}]`).join(',')}}`
}

/** A row of `runs` as MLflow's RunInfo. */
export function runInfo(
  row: Omit<RenderedRow, 'run_no' | 'metrics' | 'params' | 'tags' | `${string}_inputs` | `${string}_outputs`>,
) {
  return {
    run_uuid: row.run_id,
    run_id: row.run_id,
    experiment_id: row.experiment_id,
    run_name: row.run_name,
    user_id: row.user_id,
    status: row.status as 'RUNNING', // the column's check allows MLflow's states only
    start_time: row.start_time,
    ...(row.end_time ? { end_time: row.end_time } : {}),
    artifact_uri: row.artifact_uri,
    lifecycle_stage: row.lifecycle_stage as 'active', // as above
  }
}
