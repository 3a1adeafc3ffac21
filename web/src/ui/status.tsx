import type { RunStatus } from '@waymark/contract/runs'
import { Icon, type IconName } from './icons.tsx'

const looks: Record<RunStatus, { word: string; icon: IconName; color: string }> = {
  RUNNING: { word: 'running', icon: 'running', color: 'var(--wm-running)' },
  SCHEDULED: { word: 'scheduled', icon: 'scheduled', color: 'var(--wm-dim)' },
  FINISHED: { word: 'finished', icon: 'finished', color: 'var(--wm-finished)' },
  FAILED: { word: 'failed', icon: 'failed', color: 'var(--wm-failed)' },
  KILLED: { word: 'killed', icon: 'killed', color: 'var(--wm-killed)' },
}

/** A run's status, as an icon and a word. */
export function Status({ status }: { status: RunStatus }) {
  const look = looks[status]
  return (
    <span className="wm-status" style={{ color: look.color }}>
      <Icon name={look.icon} spin={status === 'RUNNING'} />
      {look.word}
    </span>
  )
}
