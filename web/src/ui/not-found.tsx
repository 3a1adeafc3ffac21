import { Link } from 'react-router'
import { Empty } from './states.tsx'

/** `what` is the thing that is not there, as a sentence: "There is no run 1234". */
export function NotFound({ what }: { what: string }) {
  return (
    <main className="wm-page">
      <Empty title={what} level="h1">
        <span>It may have been deleted, or the address may be incomplete.</span>
        <Link to="/">All experiments</Link>
      </Empty>
    </main>
  )
}

export function NotFoundPage() {
  return <NotFound what="There is no page at this address" />
}
