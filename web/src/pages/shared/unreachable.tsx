import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLostAt } from '../../api/reachable.ts'
import { Ago } from '../../ui/time.tsx'

/** How often a server that is gone is asked, in ms. */
const askEvery = 3000

/** Says that what the page shows may be old, while the server does not answer, and asks until it does. */
export function Unreachable() {
  const lostAt = useLostAt()
  const client = useQueryClient()
  const isLost = lostAt !== undefined
  useEffect(() => {
    if (!isLost) return
    const timer = setInterval(() => void client.refetchQueries({ type: 'active' }), askEvery)
    return () => clearInterval(timer)
  }, [isLost, client])
  if (!isLost) return null
  return (
    <div className="wm-notice" role="alert">
      <span>
        The server does not answer. That was noticed <Ago at={lostAt} />; what is shown may be older. It is asked again
        and again.
      </span>
      <Button size="compact-xs" variant="default" onClick={() => void client.refetchQueries({ type: 'active' })}>
        Try now
      </Button>
    </div>
  )
}
