import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { readSettings } from '@waymark/settings/read-settings'
import { PredictionAppError } from './prediction-app-error.ts'
import type { PredictionAppSettings } from './server.ts'

/** The flags of the prediction app, as they were typed. */
export interface ServeFlags {
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly trackingUri?: string | undefined
  readonly modelName?: string | undefined
  readonly alias?: string | undefined
  readonly modelFolder?: string | undefined
  readonly cacheFolder?: string | undefined
}

/** What each flag is for, with the variable that stands in for it and its default: the words of `--help`. */
export const serveFlags = {
  host: 'address to listen on [WAYMARK_PREDICTION_HOST] (default: 127.0.0.1)',
  port: 'port to listen on, 0 for any free one [WAYMARK_PREDICTION_PORT] (default: 8080)',
  'tracking-uri': 'the tracking server that names the model [MLFLOW_TRACKING_URI] (default: http://127.0.0.1:5000)',
  'model-name': 'registered model [WAYMARK_MODEL_NAME] (default: serving.registered_model of config.yaml)',
  alias: 'alias whose version is served, also when it moves [WAYMARK_MODEL_ALIAS] (default: champion)',
  'model-folder': 'serve this MLflow model folder instead',
  'cache-folder': 'where downloaded models are kept [WAYMARK_MODEL_CACHE] (default: .waymark/models)',
} as const

/**
 * What the app is started with: a flag goes before its variable, an empty variable is none.
 * @param folder where config.yaml is, which names the model where neither flag nor variable does
 * @throws {PredictionAppError} for a port that is none, and where nothing names the model; {SettingsError} for a slip in
 *   config.yaml
 */
export async function serveSettings(
  flags: ServeFlags,
  { env, folder }: { readonly env: Readonly<Record<string, string | undefined>>; readonly folder: string },
): Promise<Omit<PredictionAppSettings, 'log'>> {
  const { modelFolder } = flags
  const modelName = flags.modelName || env['WAYMARK_MODEL_NAME'] || (modelFolder && basename(resolve(modelFolder)))
  return {
    host: flags.host || env['WAYMARK_PREDICTION_HOST'] || '127.0.0.1',
    port: portOf(flags.port || env['WAYMARK_PREDICTION_PORT'] || '8080'),
    trackingUri: flags.trackingUri || env['MLFLOW_TRACKING_URI'] || 'http://127.0.0.1:5000',
    modelName: modelName || (await registeredModel(folder)),
    alias: flags.alias || env['WAYMARK_MODEL_ALIAS'] || 'champion',
    modelFolder,
    cacheFolder: flags.cacheFolder || env['WAYMARK_MODEL_CACHE'] || '.waymark/models',
    env,
  }
}

async function registeredModel(folder: string): Promise<string> {
  const config = join(folder, 'config.yaml')
  if (!existsSync(config)) {
    throw new PredictionAppError(
      `Cannot tell which model to serve: there is no ${config}. Name a registered model with --model-name, or a folder with --model-folder`,
    )
  }
  return (await readSettings(config, { sections: ['serving'] })).serving.registered_model
}

function portOf(text: string): number {
  const port = Number(text)
  if (text.trim() !== '' && Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new PredictionAppError(
    `Cannot listen on port ${JSON.stringify(text)}: expected a port from 0 (any free one) to 65535`,
  )
}
