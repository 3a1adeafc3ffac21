/** How many colours runs share; theme.css has each as --wm-run-0 … --wm-run-11, told apart by colour-blind readers too. */
export const runColors = 12

/** @returns the number of the colour that a run has on every page (FNV-1a of its id). */
export function runColorIndex(runId: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < runId.length; i++) hash = Math.imul(hash ^ runId.charCodeAt(i), 0x01000193) >>> 0
  return ((hash ^ (hash >>> 15)) >>> 0) % runColors
}

/** @returns the CSS colour of a run. */
export function runColor(runId: string): string {
  return `var(--wm-run-${runColorIndex(runId)})`
}

/**
 * The dash of each run's line: runs that share a colour in one chart differ in it.
 * @returns one pattern per run, in px of line and gap; the empty pattern is a whole line.
 */
export function runDashes(runIds: readonly string[]): number[][] {
  const patterns = [[], [6, 4], [2, 3], [10, 4, 2, 4]]
  const used = new Map<number, number>()
  return runIds.map((id) => {
    const color = runColorIndex(id)
    const before = used.get(color) ?? 0
    used.set(color, before + 1)
    return patterns[before % patterns.length] ?? []
  })
}
