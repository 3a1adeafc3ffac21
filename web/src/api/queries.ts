import { QueryCache, QueryClient, queryOptions } from '@tanstack/react-query'
import { ApiError } from '@waymark/client/api-error'
import type { Rpc } from '@waymark/contract/rpc'
import type { z } from 'zod'
import { ask } from './ask.ts'
import { noteOutcome } from './reachable.ts'

/** How often a page asks for what is still changing, in ms. */
export const liveEvery = 2000

export function createQueries(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: noteOutcome, onSuccess: () => noteOutcome(undefined) }),
    defaultOptions: {
      queries: {
        networkMode: 'always', // the server is often on this machine: being offline says nothing about it
        staleTime: 5_000,
        retry: (failures, error) => failures < 2 && !isRefusal(error),
        retryDelay: (failures) => 300 * 2 ** failures,
      },
    },
  })
}

/** A call of the API as a query; its key is the call's path and the request. */
export function queryOf<Request extends z.ZodType, Reply extends z.ZodType>(
  rpc: Rpc<Request, Reply>,
  request: z.input<Request>,
) {
  return queryOptions({
    queryKey: [rpc.path, request] as const,
    queryFn: ({ signal }) => ask(rpc, request, { signal }),
  })
}

/** The server answered that the request itself is wrong: asking again changes nothing. */
function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.status < 500 && error.status !== 429
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.code === 'RESOURCE_DOES_NOT_EXIST')
}
