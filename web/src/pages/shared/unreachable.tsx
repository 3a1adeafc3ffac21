import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useLostAt } from '../../api/reachable.ts'
import { Ago } from '../../ui/time.tsx'

/** Says that what the page shows may be old, while the server does not answer. */
export function Unreachable() {
  const lostAt = useLostAt()
  const client = useQueryClient()
  if (lostAt === undefined) return null
  return (
    <div className="wm-notice" role="alert">
      <span>
        The server has not answered since <Ago at={lostAt} />. What is shown may be out of date; it is asked again and
        again.
      </span>
      <Button size="compact-xs" variant="default" onClick={() => void client.refetchQueries({ type: 'active' })}>
        Try now
      </Button>
    </div>
  )
}
