import { Button, TextInput } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { Copy } from '../../ui/copy.tsx'
import { counted } from '../../ui/format.ts'

const atOnce = 100

interface Entry {
  readonly key: string
  /** The whole value, for hover, search and copy. */
  readonly text: string
  readonly content: ReactNode
  readonly isMarked?: boolean
  /** For programs: shown only when it is asked or searched for. */
  readonly isMachine?: boolean
}

interface ValuesProps {
  readonly title: string
  readonly entries: readonly Entry[]
  readonly empty: string
  readonly isNumeric?: boolean
}

/** Keys and values, with a search box where there are many. */
export function Values({ title, entries, empty, isNumeric = false }: ValuesProps) {
  const [search, setSearch] = useState('')
  const [shown, setShown] = useState(atOnce)
  const [withMachine, setWithMachine] = useState(false)
  const wanted = search.trim().toLowerCase()
  const matching = entries.filter(({ key, text }) => `${key} ${text}`.toLowerCase().includes(wanted))
  const found = wanted === '' && !withMachine ? matching.filter(({ isMachine }) => !isMachine) : matching
  const hidden = matching.length - found.length
  return (
    <section className="wm-card" aria-label={title}>
      <h2 className="wm-card__head" style={{ margin: 0, fontSize: 13 }}>
        {title}
        <span className="wm-dim wm-num" style={{ fontWeight: 400 }}>
          {wanted === '' ? found.length : `${found.length} of ${counted(entries.length, 'entry', 'entries')}`}
        </span>
        {entries.length > 8 && (
          <TextInput
            ml="auto"
            w={150}
            aria-label={`Search ${title.toLowerCase()}`}
            placeholder="Search"
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        )}
      </h2>
      {entries.length === 0 ? (
        <div className="wm-card__body wm-dim">{empty}</div>
      ) : (
        <div className={isNumeric ? 'wm-values wm-values--numeric' : 'wm-values'}>
          <table className="wm-plain" aria-label={title}>
            <tbody>
              {found.slice(0, shown).map(({ key, text, content, isMarked }) => (
                <tr key={key} className={isMarked ? 'is-changed' : undefined}>
                  <td title={key}>{key}</td>
                  <td className={isNumeric ? 'wm-right wm-num' : 'wm-mono'} title={text}>
                    {content}
                  </td>
                  <td style={{ width: 34, maxWidth: 34, padding: '0 4px' }}>
                    <Copy text={text} what={key} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {hidden > 0 && (
            <div className="wm-card__body wm-dim wm-num">
              {hidden} more, for programs{' '}
              <Button size="compact-xs" variant="default" onClick={() => setWithMachine(true)}>
                Show
              </Button>
            </div>
          )}
          {found.length > shown && (
            <div className="wm-card__body wm-dim wm-num">
              {shown} of {found.length} shown{' '}
              <Button size="compact-xs" variant="default" onClick={() => setShown(shown + 10 * atOnce)}>
                More
              </Button>
            </div>
          )}
        </div>
      )}
    </section>
  )
}
