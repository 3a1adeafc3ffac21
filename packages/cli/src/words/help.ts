import { nearest } from '@waymark/settings/nearest'
import { exitCodes } from '../exit-codes.ts'
import { verbs } from '../verbs.ts'

export function helpText(): string {
  const width = Math.max(...Object.keys(verbs).map((name) => name.length))
  const list = Object.entries(verbs).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return `Usage: waymark <verb> [flags]

${list.join('\n')}

waymark <verb> --help lists the flags of a verb.
Exit codes: ${exitCodes.success} done, ${exitCodes.failure} something failed, ${exitCodes.usage} the command line is wrong, 128 + n ended by signal n.
`
}

export function unknownVerb(name: string): string {
  const near = nearest(name, Object.keys(verbs))
  const hint = near ? `Did you mean waymark ${near}?` : 'Run waymark --help for the list'
  return `waymark: Cannot run ${JSON.stringify(name)}: there is no such verb. ${hint}\n`
}
