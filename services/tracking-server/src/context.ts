import type { Logger } from 'pino'
import type { ArtifactPlaces } from './artifact-places.ts'
import type { Database } from './db/connect.ts'

/** What the slices work with. */
export interface Context {
  readonly db: Database
  /** ms since epoch */
  readonly clock: () => number
  readonly log: Logger
  readonly artifacts: ArtifactPlaces
  /** Where experiments without a location of their own keep artifacts: `mlflow-artifacts:/`, `file:///…`, `s3://…`. */
  readonly defaultArtifactRoot: string
}
