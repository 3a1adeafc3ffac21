/** A way to run a stage's commands: as a process here, later in a container or on a cluster. */
export interface Executor {
  /**
   * Runs one shell command to its end. Resolves also when it fails; rejects only where it could not be started.
   * When `signal` aborts, the command and all it started are asked to end and, after `graceMs`, are ended.
   * What a command that has ended left running in the background is not waited for.
   */
  run(command: ShellCommand, hooks: ExecutorHooks): Promise<CommandOutcome>
}

export interface ShellCommand {
  /** For a shell: one line, or a whole script. */
  readonly script: string
  /** absolute */
  readonly cwd: string
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>
}

export interface ExecutorHooks {
  readonly signal?: AbortSignal | undefined
  /** As it arrives, in whole characters; not cut at lines. */
  onOutput(stream: 'stdout' | 'stderr', text: string): void
  /** Default 3,000. */
  readonly graceMs?: number
  /** How long after a command's end its output is waited for while nothing arrives. Default 1,000. */
  readonly lingerMs?: number
}

export type CommandOutcome =
  | {
      readonly kind: 'exited'
      readonly exitCode: number
      /** Something it started goes on running, and could still write output; that is not told. */
      readonly leftRunning?: true
    }
  | { readonly kind: 'killed'; readonly signal: string }
