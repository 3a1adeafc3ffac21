import type { Cell } from '@waymark/model-kit/model'
import type { DataSettings } from '@waymark/settings/data'
import { StageError } from '../stage.ts'
import type { Column, SourceRow } from './type-rows.ts'

export interface Cleaned {
  readonly rows: readonly SourceRow[]
  /** Rows taken out, by why; a row that has two reasons counts for the first. */
  readonly removed: { readonly duplicate: number; readonly withoutTarget: number; readonly impossible: number }
}

type Limits = DataSettings['limits']

/** Takes out rows that are equal to an earlier one, that have no target, or that hold an impossible value. */
export function clean(
  rows: readonly SourceRow[],
  columns: readonly Column[],
  { duplicates, target, limits }: Pick<DataSettings, 'duplicates' | 'target' | 'limits'>,
): Cleaned {
  refuseLimitsOfText(columns, limits)
  const once = duplicates === 'remove' ? withoutDuplicates(rows) : rows
  const withTarget = once.filter(({ cells }) => cells[target.column] !== null)
  const possible = withTarget.filter(({ cells }) =>
    Object.entries(limits).every(([column, limit]) => isWithin(cells[column] ?? null, limit)),
  )
  return {
    rows: possible,
    removed: {
      duplicate: rows.length - once.length,
      withoutTarget: once.length - withTarget.length,
      impossible: withTarget.length - possible.length,
    },
  }
}

function withoutDuplicates(rows: readonly SourceRow[]): SourceRow[] {
  const seen = new Set<string>()
  return rows.filter(({ fields }) => {
    const key = fields.join('\0')
    return seen.has(key) ? false : seen.add(key)
  })
}

/** A missing value is not an impossible one. */
function isWithin(cell: Cell, { above, at_least, below, at_most }: Limits[string]): boolean {
  if (typeof cell !== 'number') return true
  return (
    (above === undefined || cell > above) &&
    (at_least === undefined || cell >= at_least) &&
    (below === undefined || cell < below) &&
    (at_most === undefined || cell <= at_most)
  )
}

function refuseLimitsOfText(columns: readonly Column[], limits: Limits): void {
  for (const { name, kind } of columns) {
    if (Object.hasOwn(limits, name) && kind !== 'numeric')
      throw new StageError(`config.yaml data.limits.${name}: expected a numeric column, found a ${kind} one`)
  }
}
