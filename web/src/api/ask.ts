import { type CallOptions, call } from '@waymark/client/call'
import type { Rpc } from '@waymark/contract/rpc'
import type { z } from 'zod'
import { apiBase } from './base.ts'

/** Calls the server that served this page, under the alias that stands behind its path prefix, as MLflow's own UI does. */
export function ask<Request extends z.ZodType, Reply extends z.ZodType>(
  rpc: Rpc<Request, Reply>,
  request: z.input<Request>,
  options: CallOptions = {},
): Promise<z.output<Reply>> {
  return call(apiBase, { ...rpc, prefixes: rpc.prefixes.slice(-1) }, request, options)
}
