import { join } from 'node:path'
import { type Connection, connectTo, type Environment } from './connection.ts'
import { hurried } from './hurried.ts'
import { patienceOf } from './retry.ts'

export interface RunOptions {
  /** Default: `MLFLOW_TRACKING_URI`. */
  readonly trackingUri?: string | undefined
  /** Variables of MLflow's clients; default `process.env`. */
  readonly env?: Environment
  readonly fetch?: typeof fetch
  readonly now?: () => number
  /**
   * Where to keep what cannot be sent; default `WAYMARK_SPOOL`, else `.waymark/spool` in the working folder. Nothing is
   * written there while the server answers.
   */
  readonly spoolDir?: string | undefined
  /** How long to wait for a server that is away before what is logged goes to the disk; default `WAYMARK_TRACKING_PATIENCE_MS`, else 30,000 ms. */
  readonly patienceMs?: number
  /** How long a point waits for others to be sent with it; default 250 ms. */
  readonly lingerMs?: number
  /** How often a server that stays away is asked again; default 10,000 ms. */
  readonly probeMs?: number
  /** Once aborted, nothing waits for a server that is away any more: the program is about to end. */
  readonly hurry?: AbortSignal | undefined
  /** Told what the server refuses or what had to be kept on disk; default: a line on stderr. */
  readonly onProblem?: (message: string) => void
}

/** Options with the environment and the defaults filled in. */
export type RunSettings = Required<Omit<RunOptions, 'fetch' | 'hurry'>> & {
  hurry: AbortSignal | undefined
  server: Connection
  trackingUri: string
  spoolDir: string
}

export function settle(options: RunOptions): RunSettings {
  const env = options.env ?? process.env
  const { fetch } = options
  const server = hurried(connectTo(options.trackingUri, { env, ...(fetch ? { fetch } : {}) }), options.hurry)
  return {
    env,
    server,
    trackingUri: server.base,
    now: options.now ?? Date.now,
    spoolDir: options.spoolDir || env['WAYMARK_SPOOL'] || join('.waymark', 'spool'),
    patienceMs: options.patienceMs ?? patienceOf(env),
    hurry: options.hurry,
    lingerMs: options.lingerMs ?? 250,
    probeMs: options.probeMs ?? 10_000,
    onProblem: options.onProblem ?? sayOnce,
  }
}

/** A hundred child runs have the same trouble; it is told once. */
function sayOnce(message: string): void {
  if (said.has(message)) return
  said.add(message)
  console.error(message)
}

const said = new Set<string>()
