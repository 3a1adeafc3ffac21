import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { refusedFlags, type ServerFlag, serverFlags } from '@waymark/tracking-server/server-flags'
import { Option } from 'commander'
import type { Verb } from '../verb.ts'

const builtWeb = join(import.meta.dirname, '../../../../web/dist')

/** `waymark server`: mlflow server's flags and environment. */
export const server: Verb = {
  define(command, { cwd, env, stdout, signal }) {
    command.helpOption('--help', 'list the flags') // -h is the host, as in mlflow server
    for (const flag of serverFlags) command.addOption(optionOf(flag))
    // Taken here so that the settings can say why each one is refused.
    for (const name of Object.keys(refusedFlags)) command.addOption(new Option(`--${name} [value]`).hideHelp())
    command.action(async (given: Record<string, string | boolean | undefined>) => {
      const { pino } = await import('pino')
      const { readServerSettings } = await import('@waymark/tracking-server/settings')
      const { startTrackingServer } = await import('@waymark/tracking-server/server')
      const log = pino({ name: 'tracking-server' }, pino.destination({ dest: 2, sync: true }))
      const flags = Object.fromEntries(command.options.map((option) => [nameOf(option), given[option.attributeName()]]))
      if (given['serveArtifacts'] === false) {
        flags['no-serve-artifacts'] = true
        delete flags['serve-artifacts']
      }
      const webDir = existsSync(builtWeb) ? builtWeb : undefined
      const settings = readServerSettings({ flags, env, cwd, log, webDir })
      await using running = await startTrackingServer(settings)
      stdout.write(`tracking server at ${running.url}${settings.staticPrefix}\n`)
      if (!signal.aborted) await once(signal, 'abort')
      stdout.write('ending\n')
    })
  },
}

function optionOf(flag: ServerFlag): Option {
  const short = flag.short ? `-${flag.short}, ` : ''
  const value = flag.value ? ` <${flag.value}>` : ''
  const fromEnv = flag.env ? ` [${flag.env}]` : ''
  return new Option(`${short}--${flag.name}${value}`, `${flag.help}${fromEnv}`)
}

function nameOf(option: Option): string {
  return (option.long ?? '').replace(/^--/, '')
}
