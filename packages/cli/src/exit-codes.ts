/** What a verb's exit code means; printed by `waymark --help`. */
export const exitCodes = {
  success: 0,
  /** A stage, a check or the server failed, or the project cannot be used as it is. */
  failure: 1,
  /** The command line itself: no such verb, no such flag, a value of the wrong kind. */
  usage: 2,
} as const

/** @returns the exit code of a program that a signal has ended, as shells count. */
export function exitCodeOf(signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): number {
  return 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal]
}
