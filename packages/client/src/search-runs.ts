import { type Run, searchRuns } from '@waymark/contract/runs'
import type { z } from 'zod'
import { call } from './call.ts'
import type { Connection } from './connection.ts'

/** Every run that a search finds, page by page, in its order. */
export async function* eachRun(
  server: Connection,
  search: Omit<z.input<typeof searchRuns.request>, 'page_token'>,
): AsyncGenerator<Run> {
  let token: string | undefined
  do {
    const page = await call(server.base, searchRuns, { ...search, ...(token ? { page_token: token } : {}) }, server)
    yield* page.runs
    token = page.next_page_token || undefined
  } while (token !== undefined)
}

/**
 * Text as MLflow's filter grammar takes it. It has no escape: the outer quotes are the ones that the text lacks.
 * @throws {Error} for text with both kinds of quotes, which no filter can name.
 */
export function quoted(text: string): string {
  if (!text.includes("'")) return `'${text}'`
  if (!text.includes('"')) return `"${text}"`
  throw new Error(`Cannot search for ${JSON.stringify(text)}: a filter cannot hold both kinds of quotes`)
}

/** A tag in a filter or an order. */
export function tagNamed(key: string): string {
  return `tags.\`${key}\``
}
