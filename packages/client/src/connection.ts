import type { CallOptions } from './call.ts'

/** The tracking server as one program reaches it. */
export interface Connection extends CallOptions {
  /** The server's address without a trailing slash. */
  readonly base: string
  readonly headers: Readonly<Record<string, string>>
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The tracking URI does not name a server that speaks HTTP. */
export class TrackingUriError extends Error {
  override readonly name = 'TrackingUriError'
}

/**
 * Where and as whom to call, by the environment variables of MLflow's clients: `MLFLOW_TRACKING_URI`, and
 * `MLFLOW_TRACKING_USERNAME` + `_PASSWORD` (Basic) or `MLFLOW_TRACKING_TOKEN` (Bearer); Basic wins where both are set.
 * A user and password in the address itself win over the environment.
 * @throws {TrackingUriError} where no address is given, or not one of a server.
 */
export function connectTo(
  trackingUri: string | undefined,
  { env = {}, fetch }: { env?: Environment; fetch?: typeof globalThis.fetch } = {},
): Connection {
  const given = trackingUri || env['MLFLOW_TRACKING_URI']
  if (!given) {
    throw new TrackingUriError('Cannot reach a tracking server: no address is given. Set MLFLOW_TRACKING_URI')
  }
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new TrackingUriError(
      `Cannot use tracking URI ${JSON.stringify(given)}: it is not the address of a server. Give one such as http://127.0.0.1:5000`,
    )
  }
  const authorization = credentialsOf(url, env)
  return {
    base: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    headers: authorization ? { authorization } : {},
    ...(fetch ? { fetch } : {}),
  }
}

function credentialsOf(url: URL, env: Environment): string | undefined {
  if (url.username) return basic(decodeURIComponent(url.username), decodeURIComponent(url.password))
  const { MLFLOW_TRACKING_USERNAME: user, MLFLOW_TRACKING_PASSWORD: password, MLFLOW_TRACKING_TOKEN: token } = env
  if (user && password) return basic(user, password)
  return token ? `Bearer ${token}` : undefined
}

function basic(user: string, password: string): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`)
  return `Basic ${btoa(String.fromCharCode(...bytes))}`
}
