import { Button } from '@mantine/core'
import { useState } from 'react'

const childrenAtOnce = 100

/** JSON that opens level by level; the first two are open. */
export function JsonTree({ value }: { value: unknown }) {
  return (
    <div className="wm-json">
      <JsonNode value={value} depth={0} />
    </div>
  )
}

function JsonNode({ name, value, depth }: { name?: string; value: unknown; depth: number }) {
  const [isOpen, setOpen] = useState(depth < 2)
  const label = name === undefined ? null : <span className="wm-json__key">{name}: </span>
  if (typeof value !== 'object' || value === null) {
    return (
      <div className="wm-json__value">
        {label}
        {JSON.stringify(value)}
      </div>
    )
  }
  const entries = Object.entries(value)
  const words = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`
  if (entries.length === 0) {
    return (
      <div>
        {label}
        {Array.isArray(value) ? '[]' : '{}'}
      </div>
    )
  }
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label}
        <span className="wm-dim">{words}</span>
      </summary>
      {isOpen && <Entries entries={entries} depth={depth + 1} />}
    </details>
  )
}

function Entries({ entries, depth }: { entries: readonly [string, unknown][]; depth: number }) {
  const [shown, setShown] = useState(childrenAtOnce)
  return (
    <ul>
      {entries.slice(0, shown).map(([key, value]) => (
        <li key={key}>
          <JsonNode name={key} value={value} depth={depth} />
        </li>
      ))}
      {entries.length > shown && (
        <li>
          <Button size="compact-xs" variant="default" onClick={() => setShown(shown + childrenAtOnce * 10)}>
            {shown} of {entries.length} shown: more
          </Button>
        </li>
      )}
    </ul>
  )
}
