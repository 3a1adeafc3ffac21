import type { Value } from './values.ts'

/** A dep or out in a lock. */
export interface LockPath {
  readonly path: string
  /** undefined where the content is not known to be the stage's, or has a hash of another kind */
  readonly md5?: string | undefined
  /** bytes */
  readonly size?: number | undefined
  readonly nfiles?: number | undefined
  readonly isexec?: boolean | undefined
}

/** What a stage saw and made when it last ran: schema 2.0 of DVC. */
export interface LockEntry {
  readonly cmd: string | readonly string[]
  /** by path */
  readonly deps: readonly LockPath[]
  /** by params file, then dotted key */
  readonly params: ReadonlyMap<string, ReadonlyMap<string, Value>>
  /** outs, metrics and plots, by path */
  readonly outs: readonly LockPath[]
}
