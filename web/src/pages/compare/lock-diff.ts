import type { ReproReport } from '@waymark/contract/repro-report'

/** What a stage read or made at one path, in one run. */
export interface LockedPath {
  readonly md5: string | undefined
  /** bytes */
  readonly size: number | undefined
}

export type LockChange = 'same' | 'changed' | 'added' | 'removed'

export interface LockCell {
  /** Absent where the run has no such path. */
  readonly locked: LockedPath | undefined
  /** Against the baseline. */
  readonly change: LockChange
}

/** A path of a stage over all runs. */
export interface LockLine {
  readonly stage: string
  readonly kind: 'dep' | 'out'
  readonly path: string
  /** A dep that no stage makes: data or code that comes from outside. */
  readonly isSource: boolean
  /** In the order of the runs. */
  readonly cells: readonly LockCell[]
  readonly differs: boolean
}

/**
 * Lock against lock: what the stages of each run read and made, compared with the run at `baseline`.
 * @param reports one per run; null for a run that no pipeline made, whose cells are then all without a path
 */
export function lockDiff(reports: readonly (ReproReport | null)[], baseline: number): LockLine[] {
  const made = new Set(
    reports.flatMap((report) => report?.stages ?? []).flatMap(({ outs }) => outs.map(({ path }) => path)),
  )
  const locks = reports.map(pathsOf)
  const keys = new Set(locks.flatMap((lock) => [...lock.keys()]))
  return [...keys].map((key) => {
    const [stage = '', kind, path = ''] = key.split('\n')
    const base = locks[baseline]?.get(key)
    const cells = locks.map((lock) => ({ locked: lock.get(key), change: changeOf(base, lock.get(key)) }))
    return {
      stage,
      kind: kind === 'dep' ? 'dep' : 'out',
      path,
      isSource: kind === 'dep' && !isWithin(path, made),
      cells,
      differs: cells.some(({ change }) => change !== 'same'),
    }
  })
}

function pathsOf(report: ReproReport | null): Map<string, LockedPath> {
  const paths = new Map<string, LockedPath>()
  for (const { name, deps, outs } of report?.stages ?? []) {
    for (const { path, md5, size } of deps) paths.set(`${name}\ndep\n${path}`, { md5, size })
    for (const { path, md5, size } of outs) paths.set(`${name}\nout\n${path}`, { md5, size })
  }
  return paths
}

function changeOf(base: LockedPath | undefined, now: LockedPath | undefined): LockChange {
  if (base === undefined || now === undefined) {
    if (base === now) return 'same'
    return base === undefined ? 'added' : 'removed'
  }
  return base.md5 === now.md5 ? 'same' : 'changed'
}

/** A dep within a stage's out folder, or above one, is made by that stage. */
function isWithin(path: string, made: ReadonlySet<string>): boolean {
  return [...made].some((out) => out === path || path.startsWith(`${out}/`) || out.startsWith(`${path}/`))
}
