/** The prediction app as a program: what it is told by flags and environment, then a server until SIGTERM or SIGINT. */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { TrackingUriError } from '@waymark/client/connection'
import { ModelFileError } from '@waymark/model-kit/model-file-error'
import { readSettings } from '@waymark/settings/read-settings'
import { SettingsError } from '@waymark/settings/settings-error'
import pino from 'pino'
import { PredictionAppError, startPredictionApp } from './server.ts'

const log = pino({ name: 'prediction-app' })
const { env } = process

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal))

try {
  const { values: flags } = parseArgs({
    options: {
      host: { type: 'string', default: env['WAYMARK_PREDICTION_HOST'] ?? '127.0.0.1' },
      port: { type: 'string', default: env['WAYMARK_PREDICTION_PORT'] ?? '8080' },
      'tracking-uri': { type: 'string', default: env['MLFLOW_TRACKING_URI'] ?? 'http://127.0.0.1:5000' },
      /** Where neither names it: serving.registered_model of config.yaml. */
      'model-name': { type: 'string', default: env['WAYMARK_MODEL_NAME'] ?? '' },
      alias: { type: 'string', default: env['WAYMARK_MODEL_ALIAS'] ?? 'champion' },
      'model-folder': { type: 'string' },
      'cache-folder': { type: 'string', default: env['WAYMARK_MODEL_CACHE'] ?? '.waymark/models' },
    },
  })
  const modelName =
    flags['model-name'] || (await readSettings('config.yaml', { sections: ['serving'] })).serving.registered_model
  await using app = await startPredictionApp({
    host: flags.host,
    port: portOf(flags.port),
    trackingUri: flags['tracking-uri'],
    modelName,
    alias: flags.alias,
    modelFolder: flags['model-folder'],
    cacheFolder: flags['cache-folder'],
    env,
    log,
  })
  log.info({ url: app.url, model: modelName, alias: flags.alias }, 'the prediction app listens')
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
  log.info({ signal: stop.signal.reason }, 'ending')
} catch (error) {
  const forUser = [PredictionAppError, ModelFileError, SettingsError, TrackingUriError].some(
    (kind) => error instanceof kind,
  )
  // What parseArgs says of a flag is for people too.
  const ofFlags = error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  console.error((forUser || ofFlags) && error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function portOf(text: string): number {
  const port = Number(text)
  if (text.trim() !== '' && Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new PredictionAppError(
    `Cannot listen on port ${JSON.stringify(text)}: expected a port from 0 (any free one) to 65535`,
  )
}
