/** `waymark <verb>`: finds the verb, hands it its arguments, and turns what went wrong into words and an exit code. */
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import type { VerbContext } from './verb.ts'

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

// Whoever read the output has gone (`waymark repro | head`, a terminal that was closed): the work goes on, or ends in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', unlessNobodyReads)

const [, , word = '--help', ...rest] = process.argv
process.exitCode = await main(word, rest)

async function main(word: string, rest: string[]): Promise<number> {
  try {
    if (word === '--version' || word === '-V') return await run('version', [])
    if (word === 'help' && rest[0]) return await run(rest[0], ['--help'])
    if (word === '--help' || word === '-h' || word === 'help') {
      process.stdout.write((await import('./words/help.ts')).helpText())
      return exitCodes.success
    }
    return await run(word, rest)
  } catch (error) {
    const { sayError } = await import('./words/say-error.ts')
    return sayError(error, process.stderr)
  }
}

async function run(name: string, args: string[]): Promise<number> {
  const { verbs } = await import('./verbs.ts')
  const entry = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (!entry) {
    const { unknownVerb } = await import('./words/help.ts')
    process.stderr.write(unknownVerb(name))
    return exitCodes.usage
  }
  const stop = new AbortController()
  for (const signal of signals) {
    process.on(signal, () => stop.abort(signal))
  }
  let code: number = exitCodes.success
  const context: VerbContext = {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stop.signal,
    exit: (given) => {
      code = given
    },
  }
  if (name === 'version' && args.length === 0) {
    process.stdout.write(`${(await import('./verbs/version.ts')).versionText()}\n`)
    return code
  }
  const { parseAndRun } = await import('./parse.ts')
  const usage = await parseAndRun(name, entry, args, context).catch((error: unknown) => {
    if (!isAbort(error, stop.signal)) throw error
    return exitCodeOf(stop.signal.reason)
  })
  if (stop.signal.aborted && code !== exitCodes.success) return exitCodeOf(stop.signal.reason)
  return usage ?? code
}

/** Whether a verb ended only since it was told to, before it had anything to say of it. */
function isAbort(error: unknown, { aborted, reason }: AbortSignal): boolean {
  return aborted && (error === reason || (error instanceof Error && error.name === 'AbortError'))
}

function unlessNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
}
