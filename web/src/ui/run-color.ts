/** How many colours runs share; theme.css has each as --wm-run-0 … --wm-run-11, told apart by colour-blind readers too. */
export const runColors = 12

const storageKey = 'waymark.run-colors'
/** Runs whose colour was moved, newest last; more than this many are forgotten. */
const keptAtMost = 1000

/** @returns the number of the colour that a run has on every page: the one kept for it, else by its id. */
export function runColorIndex(runId: string): number {
  return kept().get(runId) ?? hashedColor(runId)
}

/** @returns the CSS colour of a run. */
export function runColor(runId: string): string {
  return `var(--wm-run-${runColorIndex(runId)})`
}

/** Gives runs that are looked at together colours of their own, as far as there are enough, and keeps them. */
export function separateColors(runIds: readonly string[]): void {
  const moved = movedColors(runIds, runColorIndex)
  if (moved.size === 0) return
  const all = kept()
  for (const [runId, color] of moved) all.set(runId, color)
  try {
    localStorage.setItem(storageKey, JSON.stringify([...all].slice(-keptAtMost)))
  } catch {
    // Storage is full or blocked: the colours last as long as the page.
  }
}

/** @returns the runs that need another colour than `colorOf` gives, because an earlier run of the list has theirs. */
export function movedColors(runIds: readonly string[], colorOf: (runId: string) => number): Map<string, number> {
  const moved = new Map<string, number>()
  const taken = new Set<number>()
  const free = new Set(Array.from({ length: runColors }, (_, color) => color))
  for (const runId of runIds) free.delete(colorOf(runId))
  for (const runId of runIds) {
    const color = colorOf(runId)
    const [other] = free
    if (!taken.has(color) || other === undefined) {
      taken.add(color)
      continue
    }
    moved.set(runId, other)
    free.delete(other)
    taken.add(other)
  }
  return moved
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

/** FNV-1a of the id. */
export function hashedColor(runId: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < runId.length; i++) hash = Math.imul(hash ^ runId.charCodeAt(i), 0x01000193) >>> 0
  return ((hash ^ (hash >>> 15)) >>> 0) % runColors
}

let read: Map<string, number> | undefined

function kept(): Map<string, number> {
  read ??= readKept()
  return read
}

function readKept(): Map<string, number> {
  try {
    const pairs: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]')
    if (!Array.isArray(pairs)) return new Map()
    return new Map(pairs.filter(([id, color]) => typeof id === 'string' && color >= 0 && color < runColors))
  } catch {
    return new Map() // no storage, or something else's: colours go by id
  }
}
