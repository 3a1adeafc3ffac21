/** Marks a run of which nothing was trained: its times are those of the copying. */
export function Replayed() {
  return (
    <span
      className="wm-dim"
      style={{ flex: 'none' }}
      title="Its training was not run again: the record of the earlier training was copied into this run, whose duration is that of the copying"
    >
      replayed
    </span>
  )
}
