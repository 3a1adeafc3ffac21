/** Every call of the API, for those who walk them all: the server's router, the tests, the documentation. */

import * as artifacts from './artifacts.ts'
import * as experiments from './experiments.ts'
import * as loggedModels from './logged-models.ts'
import * as metrics from './metrics.ts'
import * as modelVersions from './model-versions.ts'
import * as registeredModels from './registered-models.ts'
import type { Rpc } from './rpc.ts'
import * as runTable from './run-table.ts'
import * as runs from './runs.ts'
import * as server from './server.ts'
import type { StreamRoute } from './stream.ts'

export const routes: ReadonlyMap<string, Rpc> = new Map(
  [experiments, runs, metrics, artifacts, registeredModels, modelVersions, loggedModels, runTable, server].flatMap(
    (noun) => Object.entries(noun).filter((entry): entry is [string, Rpc] => isRpc(entry[1])),
  ),
)

/** The calls that carry bytes, by name. */
export const streams: ReadonlyMap<string, StreamRoute> = new Map(Object.entries(artifacts.artifactStreams))

function isRpc(value: unknown): value is Rpc {
  return typeof value === 'object' && value !== null && 'method' in value && 'prefixes' in value
}
