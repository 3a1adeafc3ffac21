import type { Method, Permission } from './rpc.ts'

/** A call whose body or answer is bytes, not JSON fields. */
export interface StreamRoute {
  readonly method: Method
  /** Where it is served; `*` stands for an id, or at the end for any path of an artifact. */
  readonly paths: readonly string[]
  readonly summary: string
  readonly permission: Permission
}
