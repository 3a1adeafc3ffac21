import { reproTags } from '@waymark/contract/repro-report'

const parentTag = `tags.\`${reproTags.parent}\``

/** @returns the filter of runs that match `filter` and stand at the top, not under a parent run. */
export function topLevel(filter: string): string {
  return both(filter, `${parentTag} IS NULL`)
}

/** @returns the filter of runs that match `filter` and stand under a parent run. */
export function nested(filter: string): string {
  return both(filter, `${parentTag} IS NOT NULL`)
}

/** @returns the filter of the child runs of one run. */
export function childrenOf(runId: string): string {
  return `${parentTag} = ${quoted(runId)}`
}

/** @returns the filter of some runs, by id. */
export function theseRuns(runIds: readonly string[]): string {
  return `attributes.run_id IN (${runIds.map(quoted).join(', ')})`
}

function both(left: string, right: string): string {
  return left.trim() === '' ? right : `(${left}) AND ${right}`
}

function quoted(text: string): string {
  return `'${text}'`
}
