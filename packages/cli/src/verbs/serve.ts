import { once } from 'node:events'
import { type ServeFlags, serveFlags, serveSettings } from '@waymark/prediction-app/serve-settings'
import type { Verb } from '../verb.ts'

/** `waymark serve`: the prediction app over a registered model's alias, or over a model folder. */
export const serve: Verb = {
  define(command, { cwd, env, stdout, signal }) {
    for (const [name, words] of Object.entries(serveFlags)) {
      command.option(name === 'port' ? '-p, --port <port>' : `--${name} <${name.split('-').at(-1)}>`, words)
    }
    command.action(async (flags: ServeFlags) => {
      const settings = await serveSettings(flags, { env, folder: cwd })
      const { pino } = await import('pino')
      const { startPredictionApp } = await import('@waymark/prediction-app/server')
      const log = pino({ name: 'prediction-app' }, pino.destination({ dest: 2, sync: true }))
      await using app = await startPredictionApp({ ...settings, log })
      stdout.write(`prediction app at ${app.url}\n`)
      if (!signal.aborted) await once(signal, 'abort')
      stdout.write('ending\n')
    })
  },
}
