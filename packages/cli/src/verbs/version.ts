import { readFileSync } from 'node:fs'
import type { Verb } from '../verb.ts'

/** `waymark version` */
export const version: Verb = {
  define(command, { stdout }) {
    command.action(() => {
      stdout.write(`${versionText()}\n`)
    })
  },
}

export function versionText(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(file) as { version: string }).version // our own package.json
}
