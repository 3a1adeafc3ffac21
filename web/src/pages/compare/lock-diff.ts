import type { ReproReport, ReproStage } from '@waymark/contract/repro-report'

/** What was at a path, in one run. */
export interface LockedPath {
  readonly md5: string | undefined
  /** bytes */
  readonly size: number | undefined
}

/** Against the baseline; `unknown` where a run, or the baseline, did not get so far. */
export type LockChange = 'same' | 'changed' | 'added' | 'removed' | 'unknown'

export interface LockCell {
  /** Absent where the run has no such path. */
  readonly locked: LockedPath | undefined
  readonly change: LockChange
}

/** A path over all runs. */
export interface LockLine {
  readonly path: string
  /** The stage whose out it is; absent for a source: data or code that comes from outside. */
  readonly madeBy: string | undefined
  readonly readBy: readonly string[]
  /** No stage makes it, nor a folder that it is in, nor a file in it. */
  readonly isSource: boolean
  /** In the order of the runs. */
  readonly cells: readonly LockCell[]
  /** Some cell is neither the same nor unknown. */
  readonly differs: boolean
}

interface Known {
  readonly locked: LockedPath | undefined
  readonly isDone: boolean
}

/**
 * Lock against lock: what the stages of each run read and made, compared with the run at `baseline`; sources first.
 * @param reports one per run; null for a run that no pipeline made
 */
export function lockDiff(reports: readonly (ReproReport | null)[], baseline: number): LockLine[] {
  const stages = reports.flatMap((report) => report?.stages ?? [])
  const made = new Set(stages.flatMap(({ outs }) => outs.map(({ path }) => path)))
  const paths = new Set(stages.flatMap(({ deps, outs }) => [...deps, ...outs].map(({ path }) => path)))
  const lines = [...paths].map((path): LockLine => {
    const users = (of: (stage: ReproStage) => readonly { path: string }[]) => [
      ...new Set(stages.filter((stage) => of(stage).some((each) => each.path === path)).map(({ name }) => name)),
    ]
    const [madeBy] = users(({ outs }) => outs)
    const readBy = users(({ deps }) => deps)
    const known = reports.map((report) => knownOf(report, path, [madeBy ?? '', ...readBy]))
    const cells = known.map((now) => ({ locked: now.locked, change: changeOf(known[baseline], now) }))
    return {
      path,
      madeBy,
      readBy,
      isSource: !isWithin(path, made),
      cells,
      differs: cells.some(({ change }) => change !== 'same' && change !== 'unknown'),
    }
  })
  return [...lines.filter(({ isSource }) => isSource), ...lines.filter(({ isSource }) => !isSource)]
}

function knownOf(report: ReproReport | null, path: string, users: readonly string[]): Known {
  const stages = report?.stages ?? []
  const at = stages.flatMap(({ deps, outs }) => [...deps, ...outs]).find((each) => each.path === path)
  const isDone = stages
    .filter(({ name }) => users.includes(name))
    .every(({ state }) => state === 'ran' || state === 'restored' || state === 'unchanged')
  return { locked: at && { md5: at.md5, size: at.size }, isDone: report !== null && isDone }
}

function changeOf(base: Known | undefined, now: Known): LockChange {
  if (base?.locked && now.locked) return base.locked.md5 === now.locked.md5 ? 'same' : 'changed'
  if (!base?.locked && !now.locked) return base?.isDone === now.isDone ? 'same' : 'unknown'
  if (now.locked) return base?.isDone ? 'added' : 'unknown'
  return now.isDone ? 'removed' : 'unknown'
}

/** A path within a stage's out folder, or a folder that holds an out, is made by that stage. */
function isWithin(path: string, made: ReadonlySet<string>): boolean {
  return [...made].some((out) => out === path || path.startsWith(`${out}/`) || out.startsWith(`${path}/`))
}
