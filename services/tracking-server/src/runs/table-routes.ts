import * as contract from '@waymark/contract/run-table'
import type { Context } from '../context.ts'
import type { RouteTable } from '../http/serve.ts'
import { runFilter } from './filter.ts'
import { countRuns } from './search.ts'
import * as table from './table.ts'

/** What the runs table of the web UI asks beyond MLflow's API. */
export function runTableRoutes(routes: RouteTable, { db }: Pick<Context, 'db'>): void {
  routes.add(contract.countRuns, async ({ experiment_ids, filter, run_view_type }) => {
    const condition = runFilter(filter)
    return { count: await countRuns(db, { experimentIds: experiment_ids, view: run_view_type, condition }) }
  })
  routes.add(contract.countChildren, async ({ run_ids }) => ({ children: await table.countChildren(db, run_ids) }))
  routes.add(contract.listRunKeys, async ({ experiment_ids, filter }) =>
    table.listRunKeys(db, { experimentIds: experiment_ids, condition: runFilter(filter) }),
  )
  routes.add(contract.summariseExperiments, async ({ experiment_ids }) => ({
    experiments: await table.summariseExperiments(db, experiment_ids),
  }))
}
