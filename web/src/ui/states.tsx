import { Button, Skeleton } from '@mantine/core'
import { ApiError } from '@waymark/client/api-error'
import type { ReactNode } from 'react'
import { Icon } from './icons.tsx'

/** Nothing is here: what would be, and how it gets here. */
export function Empty({ title, level, children }: { title: string; level?: 'h1'; children?: ReactNode }) {
  const Title = level ?? 'div'
  return (
    <div className="wm-state">
      <Title className="wm-state__title">{title}</Title>
      {children !== undefined && <div className="wm-state__words">{children}</div>}
    </div>
  )
}

/** Something failed: what, the server's own words, and a way to try again. */
export function Failed({ what, error, retry }: { what: string; error: unknown; retry?: () => void }) {
  return (
    <div className="wm-state wm-state--failed" role="alert">
      <div className="wm-state__title">
        <Icon name="failed" /> {what}
      </div>
      <div className="wm-state__words wm-state__error">{wordsOf(error)}</div>
      {retry && (
        <Button variant="default" leftSection={<Icon name="refresh" />} onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  )
}

/** Grey lines where `rows` lines will be, of the same height. */
export function SkeletonRows({ rows, height = 32 }: { rows: number; height?: number }) {
  return (
    <div role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same and never move
        <div key={row} className="wm-skeleton" style={{ height }}>
          <Skeleton height={10} width={`${88 - ((row * 17) % 45)}%`} />
        </div>
      ))}
    </div>
  )
}

export function wordsOf(error: unknown): string {
  if (error instanceof ApiError) return error.message
  if (error instanceof TypeError) return 'The server did not answer. Is it running?'
  return error instanceof Error ? error.message : String(error)
}
