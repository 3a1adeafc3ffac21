import { runColor } from './run-color.ts'

/** The colour that stands for a run on every page. */
export function RunDot({ runId, size = 10 }: { runId: string; size?: number }) {
  return (
    <span
      aria-hidden="true"
      className="wm-dot"
      style={{ background: runColor(runId), width: size, height: size, flexShrink: 0 }}
    />
  )
}
