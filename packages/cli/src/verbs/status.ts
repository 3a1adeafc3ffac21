import { projectRoot } from '../project.ts'
import type { Verb } from '../verb.ts'
import { sayNext } from '../words/say-next.ts'

interface Flags {
  readonly json?: boolean
}

/** `waymark status`: what repro would run, and why; runs and changes nothing. */
export const status: Verb = {
  define(command, { cwd, stdout, signal }) {
    command
      .argument('[targets...]', 'stages to look at, with what they need (default: all)')
      .option('--json', 'print what was found as JSON')
      .action(async (targets: string[], flags: Flags) => {
        const { status: look } = await import('@waymark/pipeline/status')
        const found = await look(projectRoot(cwd), targets, { signal })
        if (flags.json) {
          const { sayChange } = await import('@waymark/pipeline/why-run')
          const stages = found.stages.map(({ name, changes, needs, next, waitsFor }) => ({
            name,
            changed: changes.length > 0,
            next,
            needs,
            waitsFor,
            changes: changes.map((change) => ({ ...change, text: sayChange(change) })),
          }))
          stdout.write(`${JSON.stringify({ state: found.state ?? null, stages }, null, 2)}\n`)
          return
        }
        for (const stage of found.stages) stdout.write(`${sayNext(stage)}\n`)
        if (found.stages.every(({ next }) => next === 'nothing')) stdout.write('Everything is up to date\n')
      })
  },
}
