import { once } from 'node:events'
import { InvalidArgumentError } from 'commander'
import type { Verb } from '../verb.ts'

interface Flags {
  readonly host: string
  readonly port: number
  readonly trackingUri?: string
  readonly modelName?: string
  readonly alias: string
  readonly modelFolder?: string
}

/** `waymark serve`: the prediction app over a registered model's alias, or over a model folder. */
export const serve: Verb = {
  define(command, { cwd, env, stdout, signal }) {
    command
      .option('--host <host>', 'address to listen on', env['WAYMARK_PREDICTION_HOST'] ?? '127.0.0.1')
      .option('-p, --port <port>', 'port to listen on, 0 for any free one', portOf, 8080)
      .option('--tracking-uri <uri>', 'the tracking server that names the model [MLFLOW_TRACKING_URI]')
      .option('--model-name <name>', 'registered model (default: serving.registered_model of config.yaml)')
      .option('--alias <alias>', 'alias whose version is served, also when it moves', 'champion')
      .option('--model-folder <folder>', 'serve this MLflow model folder instead')
      .action(async (flags: Flags) => {
        const { pino } = await import('pino')
        const { startPredictionApp } = await import('@waymark/prediction-app/server')
        await using app = await startPredictionApp({
          host: flags.host,
          port: flags.port,
          trackingUri: flags.trackingUri ?? env['MLFLOW_TRACKING_URI'] ?? 'http://127.0.0.1:5000',
          modelName: flags.modelName ?? (await registeredModelOf(cwd)),
          alias: flags.alias,
          modelFolder: flags.modelFolder,
          env,
          log: pino({ name: 'prediction-app' }, pino.destination({ dest: 2, sync: true })),
        })
        stdout.write(`prediction app at ${app.url}\n`)
        if (!signal.aborted) await once(signal, 'abort')
        stdout.write('ending\n')
      })
  },
}

async function registeredModelOf(cwd: string): Promise<string> {
  const { readSettings } = await import('@waymark/settings/read-settings')
  const { join } = await import('node:path')
  return (await readSettings(join(cwd, 'config.yaml'), { sections: ['serving'] })).serving.registered_model
}

function portOf(text: string): number {
  const port = Number(text)
  if (text.trim() !== '' && Number.isInteger(port) && port >= 0 && port < 65_536) return port
  throw new InvalidArgumentError('Expected a port from 0 (any free one) to 65535')
}
