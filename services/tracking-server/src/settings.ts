import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Logger } from 'pino'

/** What a tracking server needs to know before it starts. */
export interface ServerSettings {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** `postgresql://…`; without it the server runs a PostgreSQL of its own in `embeddedDir`. */
  readonly backendStoreUri?: string | undefined
  readonly embeddedDir?: string | undefined
  /** Where the `mlflow-artifacts` proxy keeps bytes: a folder, `file:///…`, `s3://…`. */
  readonly artifactsDestination: string
  /** Where new experiments keep their artifacts; `mlflow-artifacts:/` goes through the proxy. */
  readonly defaultArtifactRoot: string
  readonly serveArtifacts: boolean
  readonly artifactsOnly: boolean
  /** `''` or `/something`: stands before the UI, `/ajax-api` and `/get-artifact`. */
  readonly staticPrefix: string
  readonly allowedHosts?: readonly string[] | undefined
  readonly corsAllowedOrigins?: readonly string[] | undefined
  readonly xFrameOptions?: string | undefined
  /** The built web UI. */
  readonly webDir?: string | undefined
  readonly log: Logger
}

/** Flags or environment variables are not as they must be; `faults` has a line for each. */
export class ServerSettingsError extends Error {
  override readonly name = 'ServerSettingsError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.faults = faults
  }
}

export interface ServerFlag {
  /** As on the command line, without the dashes. */
  readonly name: string
  readonly short?: string
  /** Undefined for a flag without a value. */
  readonly value?: string
  readonly env?: string
  readonly help: string
}

/** `mlflow server`'s flags and variables (3.17), and ours. */
export const serverFlags = [
  {
    name: 'backend-store-uri',
    value: 'uri',
    env: 'MLFLOW_BACKEND_STORE_URI',
    help: 'PostgreSQL database to use, postgresql://user@host/name; without it the server runs its own',
  },
  {
    name: 'registry-store-uri',
    value: 'uri',
    env: 'MLFLOW_REGISTRY_STORE_URI',
    help: 'must be the same as --backend-store-uri',
  },
  {
    name: 'default-artifact-root',
    value: 'uri',
    env: 'MLFLOW_DEFAULT_ARTIFACT_ROOT',
    help: 'where new experiments keep artifacts (default: mlflow-artifacts:/, through this server)',
  },
  {
    name: 'artifacts-destination',
    value: 'uri',
    env: 'MLFLOW_ARTIFACTS_DESTINATION',
    help: 'where this server keeps artifacts: a folder or s3://bucket/folder (default: ./mlartifacts)',
  },
  {
    name: 'serve-artifacts',
    env: 'MLFLOW_SERVE_ARTIFACTS',
    help: 'take and give artifacts through this server (default)',
  },
  { name: 'no-serve-artifacts', help: 'clients reach the artifact store themselves' },
  { name: 'artifacts-only', env: 'MLFLOW_ARTIFACTS_ONLY', help: 'serve artifacts and nothing else' },
  { name: 'host', short: 'h', value: 'host', env: 'MLFLOW_HOST', help: 'address to listen on (default: 127.0.0.1)' },
  { name: 'port', short: 'p', value: 'port', env: 'MLFLOW_PORT', help: 'port to listen on (default: 5000)' },
  {
    name: 'workers',
    short: 'w',
    value: 'n',
    env: 'MLFLOW_WORKERS',
    help: 'taken and not needed: one process answers many requests at once',
  },
  {
    name: 'static-prefix',
    value: 'path',
    env: 'MLFLOW_STATIC_PREFIX',
    help: 'path before the web UI, begins with / and does not end with it',
  },
  {
    name: 'allowed-hosts',
    value: 'list',
    env: 'MLFLOW_SERVER_ALLOWED_HOSTS',
    help: 'Host headers to answer, comma-separated, * for any text',
  },
  {
    name: 'cors-allowed-origins',
    value: 'list',
    env: 'MLFLOW_SERVER_CORS_ALLOWED_ORIGINS',
    help: 'origins of other sites that may write, comma-separated',
  },
  {
    name: 'x-frame-options',
    value: 'value',
    env: 'MLFLOW_SERVER_X_FRAME_OPTIONS',
    help: 'SAMEORIGIN (default), DENY or NONE',
  },
  {
    name: 'insecure-no-auth',
    help: 'says that a --host which others can reach is meant: there are no users and passwords yet',
  },
  {
    name: 'data-dir',
    value: 'folder',
    env: 'WAYMARK_DATA_DIR',
    help: "where the server's own PostgreSQL lives (default: ./.waymark/postgres)",
  },
] as const satisfies readonly ServerFlag[]

/** Flags of `mlflow server` that cannot be honoured, and why: giving one is an error, not silence. */
const refused: Readonly<Record<string, string>> = {
  'app-name': 'users and passwords are not built yet; put a proxy with authentication before the server',
  'gunicorn-opts': 'there is no gunicorn here; leave it out',
  'waitress-opts': 'there is no waitress here; leave it out',
  'uvicorn-opts': 'there is no uvicorn here; leave it out',
  dev: 'for developing the server use npm run dev',
  'expose-prometheus': 'metrics for Prometheus are not built yet; leave it out',
  'disable-security-middleware':
    'the Host and Origin checks stay on; name hosts with --allowed-hosts, origins with --cors-allowed-origins',
  'read-replica-backend-store-uri': 'read replicas are not built yet; leave it out',
  'enable-workspaces': 'workspaces are not built yet; leave it out',
  'workspace-store-uri': 'workspaces are not built yet; leave it out',
  'trace-archival-config': 'traces are not built yet; leave it out',
}

/** The names of `mlflow server`'s flags that are refused, so that a command line can name them. */
export const refusedServerFlags: readonly string[] = Object.keys(refused)

export interface SettingsSources {
  /** Flags by name without dashes, `backend-store-uri`; a flag without a value is `true`. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly log: Logger
  readonly webDir?: string | undefined
}

/** Puts flags (first), environment and defaults together. @throws {ServerSettingsError} with all faults at once. */
export function readServerSettings({ flags, env, cwd, log, webDir }: SettingsSources): ServerSettings {
  const faults: string[] = []
  const text = (name: FlagName) => textOf(name, flags, env)
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined || value === false) continue
    if (Object.hasOwn(refused, name)) faults.push(`--${name}: ${refused[name]}`)
    else if (!serverFlags.some((flag) => flag.name === name)) faults.push(`--${name}: there is no such flag`)
  }
  const backendStoreUri = postgresUri(text('backend-store-uri'), 'backend-store-uri', faults)
  const registry = text('registry-store-uri')
  if (registry !== undefined && registry !== text('backend-store-uri')) {
    faults.push('--registry-store-uri: the model registry lives in the database of --backend-store-uri. Leave it out')
  }
  const serveArtifacts =
    flags['no-serve-artifacts'] !== true && isOn('serve-artifacts', { flags, env, otherwise: true, faults })
  const host = text('host') ?? '127.0.0.1'
  if (!isLoopback(host) && flags['insecure-no-auth'] !== true) {
    log.warn(
      `--host ${host} lets anybody who reaches this machine read and write: there are no users and passwords yet`,
    )
  }
  const settings = {
    host,
    port: portOf(text('port'), faults),
    backendStoreUri,
    embeddedDir: resolve(cwd, text('data-dir') ?? '.waymark/postgres'),
    artifactsDestination: rootOf(text('artifacts-destination') ?? 'mlartifacts', cwd) ?? '',
    defaultArtifactRoot:
      text('default-artifact-root') ??
      (serveArtifacts ? 'mlflow-artifacts:/' : pathToFileURL(resolve(cwd, 'mlruns')).href),
    serveArtifacts,
    artifactsOnly: isOn('artifacts-only', { flags, env, otherwise: false, faults }),
    staticPrefix: prefixOf(text('static-prefix'), faults),
    allowedHosts: listOf(text('allowed-hosts')),
    corsAllowedOrigins: listOf(text('cors-allowed-origins')),
    xFrameOptions: frameOptionsOf(text('x-frame-options'), faults),
    webDir,
    log,
  }
  if (faults.length > 0) throw new ServerSettingsError(faults)
  return settings
}

type FlagName = (typeof serverFlags)[number]['name']

function textOf(name: FlagName, flags: SettingsSources['flags'], env: SettingsSources['env']): string | undefined {
  const given = flags[name]
  if (typeof given === 'string') return given
  const flag: ServerFlag | undefined = serverFlags.find((one) => one.name === name)
  const value = flag?.env === undefined ? undefined : env[flag.env]
  return value === '' ? undefined : value
}

function isOn(
  name: FlagName,
  { flags, env, otherwise, faults }: Pick<SettingsSources, 'flags' | 'env'> & { otherwise: boolean; faults: string[] },
): boolean {
  if (flags[name] === true) return true
  const text = textOf(name, {}, env)?.toLowerCase()
  if (text === undefined) return otherwise
  if (['true', '1'].includes(text)) return true
  if (['false', '0'].includes(text)) return false
  const flag: ServerFlag | undefined = serverFlags.find((one) => one.name === name)
  faults.push(`${flag?.env}: expected true or false, got "${text}"`)
  return otherwise
}

function postgresUri(uri: string | undefined, flag: string, faults: string[]): string | undefined {
  if (uri === undefined || /^postgres(ql)?(\+\w+)?:\/\//.test(uri)) return uri
  const scheme = /^[\w+]+(?=:)/.exec(uri)?.[0] ?? 'a path'
  faults.push(
    `--${flag}: only PostgreSQL is supported, got ${scheme}. Give postgresql://…, or leave it out for the server's own database`,
  )
  return undefined
}

function portOf(text: string | undefined, faults: string[]): number {
  const port = text === undefined ? 5000 : /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (port >= 0 && port <= 65_535) return port
  faults.push(`--port: expected a number from 0 to 65535, got "${text}"`)
  return 0
}

/** A path as a file: URI, anything with a scheme as it is. */
function rootOf(text: string | undefined, cwd: string): string | undefined {
  if (text === undefined || /^[A-Za-z][A-Za-z0-9+.-]+:/.test(text)) return text
  return pathToFileURL(resolve(cwd, text)).href
}

function prefixOf(text: string | undefined, faults: string[]): string {
  if (text === undefined || /^(\/[\w.~-]+)+$/.test(text)) return text ?? ''
  faults.push(`--static-prefix: must begin with "/", not end with it and hold plain segments, got "${text}"`)
  return ''
}

function frameOptionsOf(text: string | undefined, faults: string[]): string | undefined {
  if (text === undefined || /^(SAMEORIGIN|DENY|NONE)$/i.test(text)) return text?.toUpperCase()
  faults.push(`--x-frame-options: expected SAMEORIGIN, DENY or NONE, got "${text}"`)
  return undefined
}

function listOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
