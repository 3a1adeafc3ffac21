import { useMediaQuery } from '@mantine/hooks'
import { RunCards } from './run-cards.tsx'
import { RunTable, type RunTableProps } from './run-table.tsx'

/** Runs as a table; on a narrow screen as cards. */
export function RunRows(props: RunTableProps) {
  const isNarrow = useMediaQuery('(max-width: 600px)', undefined, { getInitialValueInEffect: false })
  return isNarrow ? <RunCards {...props} /> : <RunTable {...props} />
}
