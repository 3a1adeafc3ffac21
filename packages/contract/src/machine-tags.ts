/** Tags by which programs know their runs again. They say nothing to people: pages show them only when asked for. */
export const machineTags = {
  /** Tells two attempts to make the same run from two runs: `runs/create` itself is not idempotent. */
  request: 'waymark.request',
  /** The process that records a repro, as JSON, so that a dead one is known for dead. */
  process: 'waymark.repro.process',
} as const

export function isMachineTag(key: string): boolean {
  return Object.values<string>(machineTags).includes(key)
}
