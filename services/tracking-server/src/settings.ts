import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Logger } from 'pino'
import { type FlagName, refusedFlags, type ServerFlag, serverFlags } from './server-flags.ts'
import { stateFolderOf } from './state-folder.ts'

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
    if (Object.hasOwn(refusedFlags, name)) faults.push(`--${name}: ${refusedFlags[name]}`)
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
  const embeddedDir = resolve(cwd, text('data-dir') ?? '.waymark/postgres')
  const state = backendStoreUri === undefined ? stateFolderOf(embeddedDir) : undefined
  const settings = {
    host,
    port: portOf(text('port'), faults),
    backendStoreUri,
    embeddedDir,
    artifactsDestination: rootOf(
      text('artifacts-destination') ?? (state === undefined ? 'mlartifacts' : join(state, 'artifacts')),
      cwd,
    ),
    defaultArtifactRoot: rootOf(
      text('default-artifact-root') ?? (serveArtifacts ? 'mlflow-artifacts:/' : 'mlruns'),
      cwd,
    ),
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

/** A path as a file: URI, so that it is the same place for every client; anything with a scheme as it is. */
function rootOf(text: string, cwd: string): string {
  if (/^[A-Za-z][A-Za-z0-9+.-]+:/.test(text)) return text
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
