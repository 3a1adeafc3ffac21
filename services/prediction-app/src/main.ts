/** The prediction app as a program: what it is told by flags and environment, then a server until SIGTERM or SIGINT. */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { readSettings } from '@waymark/settings/read-settings'
import pino from 'pino'
import { startPredictionApp } from './server.ts'

const log = pino({ name: 'prediction-app' })
const { env } = process

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

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(signal))

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

function portOf(text: string): number {
  const port = Number(text)
  if (text.trim() !== '' && Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new Error(`Cannot listen on port ${JSON.stringify(text)}: expected a port from 0 (any free one) to 65535`)
}
