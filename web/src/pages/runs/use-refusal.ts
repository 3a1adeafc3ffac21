import { ApiError } from '@waymark/client/api-error'
import { useRunCount } from '../../api/runs.ts'
import { placeOfFault } from './filter-text.ts'

interface RefusalOf {
  readonly experimentId: string
  /** What stands in the filter box, and what the server is asked for it. */
  readonly text: string
  readonly ownFilter: string
  /** With which the list of runs failed. */
  readonly error: unknown
}

/**
 * Whether the server refused the filter, and its words about it. The table adds conditions of its own to the filter,
 * which must not stand in those words: so the server is asked once more for the filter alone.
 */
export function useRefusal({ experimentId, text, ownFilter, error }: RefusalOf) {
  const isRefused = error instanceof ApiError && error.status === 400
  const own = useRunCount(experimentId, ownFilter, { enabled: isRefused })
  if (!isRefused) return { isRefused, words: undefined }
  if (own.isLoading) return { isRefused, words: 'The server did not understand it' }
  const words = (own.error ?? error).message
  return { isRefused, words: words + placeOfFault(text, words) }
}
