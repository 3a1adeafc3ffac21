import type { ModelVersion } from '@waymark/contract/registered-models'
import { sql } from './sql.ts'

export type VersionJson = ModelVersion

/** A row of model_versions (alias `v`) with the model's name (alias `m`) as MLflow's ModelVersion, without aliases. */
export const versionJson = sql`json_strip_nulls(json_build_object(
  'name', m.name, 'version', v.version::text, 'creation_timestamp', v.creation_timestamp,
  'last_updated_timestamp', v.last_updated_timestamp, 'current_stage', v.current_stage, 'description', v.description,
  'source', v.source, 'run_id', v.run_id, 'run_link', v.run_link, 'status', v.status, 'status_message', v.status_message,
  'tags', (select json_agg(json_build_object('key', t.key, 'value', t.value) order by t.key)
           from model_version_tags t where t.model_no = v.model_no and t.version = v.version)))`

/** As `versionJson`, with the aliases that point at the version. */
export const versionJsonWithAliases = sql`(${versionJson}::jsonb || jsonb_build_object('aliases', coalesce(
  (select jsonb_agg(a.alias order by a.alias) from model_aliases a where a.model_no = v.model_no and a.version = v.version), '[]')))`
