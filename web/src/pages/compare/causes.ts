import { reproTags } from '@waymark/contract/repro-report'
import type { Run } from '@waymark/contract/runs'
import { isFoundParam } from '../../ui/found-param.ts'
import { comparedParams } from './differences.ts'
import type { LockCell, LockLine } from './lock-diff.ts'

/** Why a run came out otherwise than the baseline: what a person or a commit changed, not what followed from it. */
export interface Causes {
  readonly params: readonly {
    readonly key: string
    readonly from: string | undefined
    readonly to: string | undefined
  }[]
  /** Data and code that the stages read and no stage makes. */
  readonly sources: readonly string[]
  readonly commit: { readonly from: string | undefined; readonly to: string | undefined } | undefined
  /** One of the two was run on changes that were not committed. */
  readonly isDirty: boolean
}

/** @returns one per run, in their order; for the baseline itself nothing. */
export function causesOf(runs: readonly Run[], lines: readonly LockLine[], baseline: number): Causes[] {
  const base = runs[baseline]
  const params = comparedParams(runs).filter(({ key, differs }) => differs && !isFoundParam(key))
  return runs.map((run, at) => {
    const from = base && tag(base, reproTags.commit)
    const to = tag(run, reproTags.commit)
    return {
      params: params
        .map(({ key, values }) => ({ key, from: values[baseline], to: values[at] }))
        .filter((param) => param.from !== param.to),
      sources: lines.filter(({ isSource, cells }) => isSource && isOther(cells[at])).map(({ path }) => path),
      commit: from === to ? undefined : { from, to },
      isDirty: at !== baseline && [base, run].some((each) => each && tag(each, reproTags.dirty) === 'true'),
    }
  })
}

function isOther(cell: LockCell | undefined): boolean {
  return cell !== undefined && cell.change !== 'same' && cell.change !== 'unknown'
}

function tag(run: Run, key: string): string | undefined {
  return run.data.tags.find((each) => each.key === key)?.value
}
