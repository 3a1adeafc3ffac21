/** The prediction app as a program: what it is told by flags and environment, then a server until SIGTERM or SIGINT. */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { TrackingUriError } from '@waymark/client/connection'
import { ModelFileError } from '@waymark/model-kit/model-file-error'
import { SettingsError } from '@waymark/settings/settings-error'
import pino from 'pino'
import { PredictionAppError } from './prediction-app-error.ts'
import { serveSettings } from './serve-settings.ts'
import { startPredictionApp } from './server.ts'

const log = pino({ name: 'prediction-app' })
const { env } = process

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal))

try {
  const { values: flags } = parseArgs({
    options: {
      host: { type: 'string' },
      port: { type: 'string' },
      'tracking-uri': { type: 'string' },
      'model-name': { type: 'string' },
      alias: { type: 'string' },
      'model-folder': { type: 'string' },
      'cache-folder': { type: 'string' },
    },
  })
  const settings = await serveSettings(
    {
      ...flags,
      trackingUri: flags['tracking-uri'],
      modelName: flags['model-name'],
      modelFolder: flags['model-folder'],
      cacheFolder: flags['cache-folder'],
    },
    { env, folder: '' },
  )
  await using app = await startPredictionApp({ ...settings, log })
  log.info({ url: app.url, model: settings.modelName, alias: settings.alias }, 'the prediction app listens')
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
