import { Command, CommanderError } from 'commander'
import { exitCodes } from './exit-codes.ts'
import type { Verb, VerbContext } from './verb.ts'

/**
 * Reads a verb's arguments and runs it.
 * @returns the exit code where the arguments alone decide it: help that was asked for, or a command line that is wrong.
 */
export async function parseAndRun(
  name: string,
  entry: { readonly summary: string; load(): Promise<Verb> },
  args: readonly string[],
  context: VerbContext,
): Promise<number | undefined> {
  const command = new Command(`waymark ${name}`)
    .description(entry.summary)
    .showSuggestionAfterError()
    .showHelpAfterError(`Run waymark ${name} --help for its flags`)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'waymark: ')),
    })
  const verb = await entry.load()
  verb.define(command, context)
  try {
    await command.parseAsync(args, { from: 'user' })
    return undefined
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? exitCodes.success : exitCodes.usage
  }
}
