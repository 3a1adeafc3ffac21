import { NameCell, ValueCell } from './cells.tsx'
import { columnWords } from './column-header.tsx'
import { keyOf, kindOf } from './columns.ts'
import type { RunTableProps } from './run-table.tsx'

/** The runs on a narrow screen: a card each, with the same columns one below the other. */
export function RunCards({ rows, columns, best, selected, onSelect, onOpen }: RunTableProps) {
  const facts = columns.filter((column) => kindOf(column) !== 'attributes')
  return (
    <ul className="wm-cards" aria-label="Runs" style={{ listStyle: 'none', padding: 0, margin: 0 }}>
      {rows.map((row) =>
        row.kind === 'note' ? (
          <li key={row.id} className="wm-dim">
            {row.words}
          </li>
        ) : (
          <li
            key={row.id}
            className={`wm-card wm-runcard${selected.has(row.id) ? ' is-selected' : ''}`}
            style={{ marginLeft: row.depth * 12 }}
          >
            <div className="wm-runcard__line">
              <NameCell
                row={{ ...row, depth: 0 }}
                isSelected={selected.has(row.id)}
                onSelect={() => onSelect([row.id], !selected.has(row.id))}
                onOpen={() => onOpen(row.id)}
              />
            </div>
            <div className="wm-runcard__line" style={{ gap: 16 }}>
              <ValueCell run={row.run} column="attributes.status" best={undefined} />
              <ValueCell run={row.run} column="attributes.start_time" best={undefined} />
              <ValueCell run={row.run} column="attributes.duration" best={undefined} />
            </div>
            <div className="wm-runcard__facts">
              {facts.map((column) => (
                <div key={column}>
                  <span className="wm-dim wm-cut">{columnWords(column)}</span>
                  <ValueCell run={row.run} column={column} best={best.get(keyOf(column))} />
                </div>
              ))}
            </div>
          </li>
        ),
      )}
    </ul>
  )
}
