import type { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What a caller must be allowed to do: the resource and the action on it. Checked by name once users exist. */
export type Permission = `${'experiment' | 'run' | 'model' | 'artifact' | 'server'}:${'read' | 'write' | 'delete'}`

/** One call of the server's API: where it is, what it takes, what it answers. */
export interface Rpc<Request extends z.ZodType = z.ZodType, Reply extends z.ZodType = z.ZodType> {
  readonly method: Method
  /** Prefixes under which the call is served; the first is the one our own clients use. */
  readonly prefixes: readonly string[]
  /** Below a prefix; `{name}` is a path parameter that is also a field of the request. */
  readonly path: string
  readonly summary: string
  readonly permission: Permission
  readonly request: Request
  readonly reply: Reply
}

type Words<Request extends z.ZodType, Reply extends z.ZodType> = Omit<Rpc<Request, Reply>, 'prefixes'>

/** A call of MLflow's REST API 2.0, also served under the `/ajax-api` alias that MLflow's own UI uses. */
export function mlflowRpc<Request extends z.ZodType, Reply extends z.ZodType>(
  words: Words<Request, Reply>,
): Rpc<Request, Reply> {
  return { ...words, prefixes: ['/api/2.0/mlflow', '/ajax-api/2.0/mlflow'] }
}

/** A call that MLflow lacks; under the alias it is, as MLflow's are, also there behind the server's path prefix. */
export function waymarkRpc<Request extends z.ZodType, Reply extends z.ZodType>(
  words: Words<Request, Reply>,
): Rpc<Request, Reply> {
  return { ...words, prefixes: ['/api/waymark/1.0', '/ajax-api/waymark/1.0'] }
}
