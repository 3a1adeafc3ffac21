import type { Value } from './values.ts'

export type OutRole = 'out' | 'metric' | 'plot'

/** A stage of a `pipeline.yaml` or `dvc.yaml`, all names and values filled in. */
export interface Stage {
  /** `training`, or `sub/dvc.yaml:training` for a stage file elsewhere than at the root. */
  readonly address: string
  /** Its name in its file, `group@key` of a generated one. */
  readonly name: string
  /** The stage file, posix, relative to the root. */
  readonly file: string
  /** `pipeline.yaml:14:3`, for messages. */
  readonly where: string
  readonly cmd: string | readonly string[]
  /** The folder its command runs in and its paths start from; absolute. */
  readonly wdir: string
  readonly deps: readonly Dep[]
  readonly params: readonly ParamsDep[]
  readonly outs: readonly Out[]
  readonly frozen: boolean
  readonly alwaysChanged: boolean
  readonly desc?: string | undefined
  readonly meta?: Value | undefined
}

export interface Dep {
  /** As written. */
  readonly path: string
  /** absolute */
  readonly at: string
}

/** Keys of a params file that a stage depends on. */
export interface ParamsDep {
  readonly path: string
  /** absolute */
  readonly at: string
  /** Dotted keys in the order given; 'all' for the whole file. */
  readonly keys: readonly string[] | 'all'
}

export interface Out {
  readonly path: string
  /** absolute */
  readonly at: string
  readonly role: OutRole
  /** Whether its content is kept in the cache; its hash is in the lock either way. */
  readonly cache: boolean
  /** Whether the command finds the earlier out in place. */
  readonly persist: boolean
  readonly push: boolean
  readonly remote?: string | undefined
}
