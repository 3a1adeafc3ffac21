import { sayFsError } from '@waymark/content-store/fs-errors'
import { exitCodes } from '../exit-codes.ts'
import { UserError } from '../user-error.ts'

/** Errors whose message is written for people, by the name of their class. */
const forPeople = new Set([
  'ApiError',
  'BackendError',
  'BadManifestError',
  'CacheConfigError',
  'ChangedFileError',
  'EmbeddedPostgresError',
  'FolderClaimedError',
  'ForeignSchemaError',
  'LostLockError',
  'MissingObjectsError',
  'ModelFileError',
  'PipelineError',
  'PredictionAppError',
  'ServerSettingsError',
  'ServerStartError',
  'SettingsError',
  'StageFailure',
  'StoreAddressError',
  'TemplateError',
  'TrackingUriError',
  'UnsupportedFileError',
])

/** Writes what went wrong, and what to do. @returns the exit code. */
export function sayError(error: unknown, stderr: { write(text: string): unknown }): number {
  if (error instanceof UserError) stderr.write(`waymark: ${sentence(error.message)} ${error.hint}\n`)
  else if (error instanceof Error && forPeople.has(error.name)) stderr.write(`waymark: ${error.message}\n`)
  else if (sayFsError(error)) stderr.write(`waymark: ${sayFsError(error)}\n`)
  else
    stderr.write(`waymark: This is a fault of Waymark itself. Please report it with these lines:\n${stackOf(error)}\n`)
  return exitCodes.failure
}

/** Ends in a full stop, unless it ends by itself: with a question, or with the words of another program. */
function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`
  return `${error.stack ?? error.message}${cause}`
}
