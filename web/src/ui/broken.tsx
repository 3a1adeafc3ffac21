import { Button } from '@mantine/core'
import { isRouteErrorResponse, useRouteError } from 'react-router'
import { Failed } from './states.tsx'

/** What stands where a page broke: its own fault is shown, the rest of the app stays. */
export function Broken() {
  const error = useRouteError()
  const shown = isRouteErrorResponse(error) ? new Error(`${error.status} ${error.statusText}`) : error
  return (
    <main className="wm-page">
      {isMissingPart(error) ? (
        <Failed
          what="A part of the page did not load"
          error={new Error('The pages were updated since this one was opened, or the server is not reached.')}
        />
      ) : (
        <Failed what="This page broke" error={shown} />
      )}
      <div className="wm-state">
        <Button variant="default" onClick={() => location.reload()}>
          Load the page again
        </Button>
      </div>
    </main>
  )
}

/** A script of an earlier build, which a newer one has replaced. Browsers word it each in their own way. */
function isMissingPart(error: unknown): boolean {
  return error instanceof TypeError && /dynamically imported module|importing a module script/i.test(error.message)
}
