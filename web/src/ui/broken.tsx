import { Button } from '@mantine/core'
import { isRouteErrorResponse, useRouteError } from 'react-router'
import { Failed } from './states.tsx'

/** What stands where a page broke: its own fault is shown, the rest of the app stays. */
export function Broken() {
  const error = useRouteError()
  const shown = isRouteErrorResponse(error) ? new Error(`${error.status} ${error.statusText}`) : error
  return (
    <main className="wm-page">
      <Failed what="This page broke" error={shown} />
      <div className="wm-state">
        <Button variant="default" onClick={() => location.reload()}>
          Load the page again
        </Button>
      </div>
    </main>
  )
}
