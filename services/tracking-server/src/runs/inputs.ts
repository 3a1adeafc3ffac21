import type { Tag } from '@waymark/contract/experiments'
import type { Database } from '../db/connect.ts'
import { sql } from '../db/sql.ts'
import { touchRun } from './log.ts'

export interface DatasetInput {
  readonly tags: readonly Tag[]
  readonly dataset: {
    readonly name: string
    readonly digest: string
    readonly source_type: string
    readonly source: string
    readonly schema?: string | undefined
    readonly profile?: string | undefined
  }
}

const contextTag = 'mlflow.data.context'

/**
 * Notes which data sets and models a run read. A data set is known by (experiment, name, digest), the first
 * description of it stays; the same input again changes nothing.
 * @throws {MlflowError} 404; 400 for a deleted run.
 */
export async function logInputs(
  db: Database,
  runId: string,
  { datasets, modelIds }: { datasets: readonly DatasetInput[]; modelIds: readonly string[] },
): Promise<void> {
  await db.transaction(async (transaction) => {
    const runNo = await touchRun(transaction, runId)
    // in one order everywhere, so that two runs that share data sets do not wait for each other in a circle
    const sorted = datasets.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    for (const { dataset, tags } of sorted) {
      const context = tags.find((tag) => tag.key === contextTag)?.value
      await transaction.query(sql`
        with known as (
          insert into datasets (experiment_id, name, digest, source_type, source, schema, profile)
          select r.experiment_id, ${dataset.name}, ${dataset.digest}, ${dataset.source_type}, ${dataset.source},
                 ${dataset.schema ?? null}, ${dataset.profile ?? null}
          from runs r where r.run_no = ${runNo}
          on conflict (experiment_id, name, digest) do update set name = excluded.name returning dataset_no
        )
        insert into dataset_inputs (run_no, dataset_no, tags, context)
        select ${runNo}, dataset_no, ${JSON.stringify(tags)}::jsonb, ${context ?? null} from known
        on conflict do nothing`)
    }
    await transaction.query(sql`
      insert into model_inputs (run_no, model_id) select ${runNo}::bigint, * from unnest(${modelIds}::text[])
      on conflict do nothing`)
  })
}

/** Notes which models a run made; the same again changes nothing. @throws {MlflowError} 404; 400 for a deleted run. */
export async function logOutputs(
  db: Database,
  runId: string,
  models: readonly { model_id: string; step: number }[],
): Promise<void> {
  await db.transaction(async (transaction) => {
    const runNo = await touchRun(transaction, runId)
    await transaction.query(sql`
      insert into model_outputs (run_no, model_id, step)
      select ${runNo}::bigint, * from unnest(${models.map((model) => model.model_id)}::text[], ${models.map((model) => model.step)}::bigint[])
      on conflict do nothing`)
  })
}

function keyOf({ dataset }: DatasetInput): string {
  return JSON.stringify([dataset.name, dataset.digest])
}
