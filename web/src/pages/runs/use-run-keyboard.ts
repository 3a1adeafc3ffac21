import { useState } from 'react'
import { useNavigate } from 'react-router'
import { runPath } from '../../ui/run-table/cells.tsx'
import type { TableRow } from '../../ui/run-table/rows.ts'
import { useKeys } from '../../ui/use-keys.ts'

interface RunKeyboard {
  readonly rows: readonly TableRow[]
  readonly selected: readonly string[]
  readonly onSelect: (runIds: readonly string[], isSelected: boolean) => void
}

/** j and k walk through the runs, x selects, Enter opens. @returns the id of the run they are at. */
export function useRunKeyboard({ rows, selected, onSelect }: RunKeyboard): string | undefined {
  const [cursor, setCursor] = useState<string>()
  const navigate = useNavigate()
  const runs = rows.filter((row) => row.kind === 'run')
  const at = runs.findIndex((row) => row.id === cursor)
  const go = (by: number) => setCursor(runs[Math.max(0, Math.min(runs.length - 1, at + by))]?.id)
  useKeys({
    j: () => go(1),
    k: () => go(-1),
    x: () => cursor !== undefined && onSelect([cursor], !selected.includes(cursor)),
    Enter: () => {
      const run = runs[at]?.run
      if (run) void navigate(runPath(run))
    },
  })
  return at < 0 ? undefined : cursor
}
