import type { Command } from 'commander'

/** A verb: its flags, and what it does. */
export interface Verb {
  /** Adds arguments and flags; the action resolves with the exit code through {@link VerbContext.exit}. */
  define(command: Command, context: VerbContext): void
}

/** What a verb has of the process around it. */
export interface VerbContext {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  /** Aborted by Ctrl-C, SIGTERM and SIGHUP; the reason is the signal's name. */
  readonly signal: AbortSignal
  /** Sets the exit code that the program ends with. */
  exit(code: number): void
}
