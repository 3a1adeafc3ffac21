import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { type ArtifactHead, artifactUrl, useArtifactHead } from '../../api/artifacts.ts'
import { Copy } from '../../ui/copy.tsx'
import { counted, fileSize, withThousands } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { Empty, Failed, SkeletonRows } from '../../ui/states.tsx'
import { ArtifactImage, imageLimit } from './artifact-image.tsx'
import { parseCsv } from './csv.ts'
import { type FileKind, kindOfFile, looksLikeText } from './file-kind.ts'
import { JsonTree } from './json-tree.tsx'

/** How much of a file is read to show it, in bytes: what a browser lays out without a pause. */
const textLimit = 512 * 1024

/** A file: what is in it, as far as a browser shows that well and safely, and the way to all of it. */
export function Preview({ runId, path }: { runId: string; path: string }) {
  const kind = kindOfFile(path)
  const limit = kind === 'image' ? imageLimit : textLimit
  const head = useArtifactHead(runId, path, limit)
  const total = head.data?.total
  const isCut = head.data !== undefined && head.data.bytes.length < head.data.total
  return (
    <section className="wm-card wm-preview" aria-label={`Preview of ${path}`}>
      <div className="wm-card__head">
        <span className="wm-cut" title={path}>
          {path}
        </span>
        <Copy text={path} what="path" />
        <span className="wm-dim wm-num" style={{ fontWeight: 400, marginLeft: 'auto', whiteSpace: 'nowrap' }}>
          {isCut && kind !== 'image' && `first ${fileSize(textLimit)} of `}
          {total !== undefined && fileSize(total)}
        </span>
        <Button
          component="a"
          href={artifactUrl(runId, path)}
          download={path.split('/').at(-1)}
          variant="default"
          leftSection={<Icon name="download" />}
        >
          Download
        </Button>
      </div>
      {kind === 'image' ? (
        <div className="wm-preview__image">
          <ArtifactImage runId={runId} path={path} alt={path.split('/').at(-1) ?? path} />
        </div>
      ) : head.isPending ? (
        <SkeletonRows rows={8} />
      ) : head.isError ? (
        <Failed what="Cannot read the file" error={head.error} retry={() => void head.refetch()} />
      ) : (
        <Content kind={kind} path={path} head={head.data} isCut={isCut} />
      )}
    </section>
  )
}

function Content({ kind, path, head, isCut }: { kind: FileKind; path: string; head: ArtifactHead; isCut: boolean }) {
  if (head.total === 0) return <Empty title="The file is empty" />
  if (!looksLikeText(head.bytes)) {
    return <Empty title="No preview of this kind of file">It is not text. Download it to open it elsewhere.</Empty>
  }
  const text = new TextDecoder().decode(head.bytes)
  if (kind === 'table') return <Table text={text} isCut={isCut} separator={/\.tsv$/i.test(path) ? '\t' : ','} />
  if (kind === 'html') return <Html text={text} />
  const value = kind === 'json' && !isCut ? jsonOf(text) : undefined
  return value === undefined ? <Text text={text} /> : <JsonTree value={value.value} />
}

function Text({ text }: { text: string }) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too
  return <pre tabIndex={0}>{text}</pre>
}

function Table({ text, isCut, separator }: { text: string; isCut: boolean; separator: ',' | '\t' }) {
  const [shown, setShown] = useState(200)
  const rows = parseCsv(text, separator)
  if (isCut) rows.pop() // cut somewhere within
  const [head = [], ...body] = rows
  const numeric = head.map((_name, column) => body.slice(0, 50).every((row) => isNumber(row[column] ?? '')))
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must scroll by keyboard too */}
      <section className="wm-preview__table" aria-label="Rows" tabIndex={0}>
        <table className="wm-plain">
          <thead>
            <tr>{head.map((name, column) => cell('th', name, numeric[column] === true, column))}</tr>
          </thead>
          <tbody>
            {body.slice(0, shown).map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the rows of a file stay where they are
              <tr key={index}>{row.map((value, column) => cell('td', value, numeric[column] === true, column))}</tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className="wm-card__body wm-dim wm-num">
        {withThousands(String(Math.min(shown, body.length)))} of {counted(body.length, 'row')}
        {isCut && ' of the part that was read'} shown{' '}
        {body.length > shown && (
          <Button size="compact-xs" variant="default" onClick={() => setShown(shown + 1000)}>
            More
          </Button>
        )}
      </div>
    </>
  )
}

function cell(Tag: 'th' | 'td', value: string, isNumeric: boolean, column: number): ReactNode {
  return (
    <Tag key={column} title={value} className={isNumeric ? 'wm-right wm-num' : undefined}>
      {value}
    </Tag>
  )
}

/** A missing value is no reason to call a column text. */
function isNumber(text: string): boolean {
  return text === '' || Number.isFinite(Number(text))
}

/** A page from a stranger: its text, and on request the page itself in a frame where no script runs. */
function Html({ text }: { text: string }) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <div className="wm-card__body">
        <Button variant="default" onClick={() => setOpen(!isOpen)}>
          {isOpen ? 'Show the source' : 'Show the page, without its scripts'}
        </Button>
      </div>
      {isOpen ? <iframe title="The page, without its scripts" sandbox="" srcDoc={text} /> : <Text text={text} />}
    </>
  )
}

function jsonOf(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined // Python writes NaN into JSON; such a file is shown as text
  }
}
