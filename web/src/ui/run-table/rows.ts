import type { Run } from '@waymark/contract/runs'

/** What is known of the children of an open run. */
export type Children =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'loaded'; readonly runs: readonly Run[] }

export type TableRow =
  | {
      readonly kind: 'run'
      readonly id: string
      readonly run: Run
      /** 0 at the top, one more for each parent. */
      readonly depth: number
      readonly childCount: number
      readonly isOpen: boolean
    }
  | {
      readonly kind: 'note'
      readonly id: string
      readonly depth: number
      readonly words: string
      readonly isError: boolean
    }

interface Tree {
  readonly children: ReadonlyMap<string, Children>
  readonly counts: ReadonlyMap<string, number>
  readonly open: ReadonlySet<string>
}

/** @returns the lines of the table: each run, and right below it its children where it is open, at any depth. */
export function tableRows(runs: readonly Run[], tree: Tree, depth = 0): TableRow[] {
  return runs.flatMap((run): TableRow[] => {
    const id = run.info.run_id
    const isOpen = tree.open.has(id)
    const childCount = tree.counts.get(id) ?? 0
    const line = { kind: 'run', id, run, depth, childCount, isOpen } as const
    return isOpen ? [line, ...below(id, childCount, tree, depth + 1)] : [line]
  })
}

function below(id: string, childCount: number, tree: Tree, depth: number): TableRow[] {
  const children = tree.children.get(id) ?? { state: 'loading' }
  const note = (words: string, isError = false): TableRow => ({ kind: 'note', id: `${id} note`, depth, words, isError })
  if (children.state === 'loading') return [note('Loading the child runs …')]
  if (children.state === 'failed') return [note(`The child runs did not load: ${String(children.error)}`, true)]
  const rows = tableRows(children.runs, tree, depth)
  const missing = childCount - children.runs.length
  return missing > 0 ? [...rows, note(`${missing} more child runs: see the run's Children tab`)] : rows
}
