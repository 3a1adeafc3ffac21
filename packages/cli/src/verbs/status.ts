import { projectRoot } from '../project.ts'
import type { Verb } from '../verb.ts'
import { because } from '../words/say-stage.ts'

interface Flags {
  readonly json?: boolean
}

/** `waymark status`: what repro would run, and why; runs and changes nothing. */
export const status: Verb = {
  define(command, { cwd, stdout }) {
    command
      .argument('[targets...]', 'stages to look at, with what they need (default: all)')
      .option('--json', 'print what was found as JSON')
      .action(async (targets: string[], flags: Flags) => {
        const { status: look } = await import('@waymark/pipeline/status')
        const found = await look(projectRoot(cwd), targets)
        if (flags.json) {
          const { sayChange } = await import('@waymark/pipeline/why-run')
          const stages = found.stages.map(({ name, changes, needs, restorable }) => ({
            name,
            changed: changes.length > 0,
            restorable,
            needs,
            changes: changes.map((change) => ({ ...change, text: sayChange(change) })),
          }))
          stdout.write(`${JSON.stringify({ state: found.state ?? null, stages }, null, 2)}\n`)
          return
        }
        const stale = new Set<string>()
        for (const { name, changes, needs, restorable } of found.stages) {
          const waitsFor = needs.filter((needed) => stale.has(needed))
          if (changes.length > 0 || waitsFor.length > 0) stale.add(name)
          if (changes.length > 0)
            stdout.write(`${name}  would ${restorable ? 'be restored from cache' : 'run'}${because(changes)}\n`)
          else if (waitsFor.length > 0)
            stdout.write(`${name}  would follow if ${waitsFor.join(' or ')} changes what it reads\n`)
          else stdout.write(`${name}  unchanged\n`)
        }
        if (stale.size === 0) stdout.write('Everything is up to date\n')
      })
  },
}
