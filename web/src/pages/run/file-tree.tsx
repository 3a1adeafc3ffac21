import type { FileInfo } from '@waymark/contract/artifacts'
import { useState } from 'react'
import { useFolder } from '../../api/artifacts.ts'
import { Breakable } from '../../ui/breakable.tsx'
import { fileSize } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { wordsOf } from '../../ui/states.tsx'

interface FileTreeProps {
  readonly runId: string
  /** The folder whose entries these are; "" is the root. */
  readonly path: string
  readonly chosen: string
  readonly live: boolean
  readonly onChoose: (path: string) => void
}

/** A folder's entries; a folder among them is read when it is opened. */
export function FileTree({ runId, path, chosen, live, onChoose }: FileTreeProps) {
  const { data, error, isPending } = useFolder(runId, path, { live })
  if (isPending) return <div className="wm-dim">Loading …</div>
  if (error) return <div role="alert">{wordsOf(error)}</div>
  const entries = data.toSorted(
    (a, b) => Number(b.is_dir) - Number(a.is_dir) || a.path.localeCompare(b.path, undefined, { numeric: true }),
  )
  return (
    <ul className={path === '' ? 'wm-tree' : undefined} style={path === '' ? undefined : { paddingLeft: 14 }}>
      {entries.map((file) =>
        file.is_dir ? (
          <Folder key={file.path} runId={runId} path={file.path} chosen={chosen} live={live} onChoose={onChoose} />
        ) : (
          <li key={file.path}>
            <FileButton file={file} isChosen={file.path === chosen} onChoose={onChoose} />
          </li>
        ),
      )}
      {entries.length === 0 && <li className="wm-dim">empty</li>}
    </ul>
  )
}

function Folder(props: FileTreeProps) {
  const { path, chosen } = props
  const [isOpen, setOpen] = useState(chosen.startsWith(`${path}/`))
  return (
    <li>
      <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} title={path}>
        <Icon name={isOpen ? 'down' : 'right'} size={11} />
        <Icon name="folder" />
        <Name path={path} />
      </button>
      {isOpen && <FileTree {...props} />}
    </li>
  )
}

interface FileButtonProps {
  readonly file: FileInfo
  readonly isChosen: boolean
  readonly onChoose: (path: string) => void
}

function FileButton({ file, isChosen, onChoose }: FileButtonProps) {
  return (
    <button type="button" aria-current={isChosen} onClick={() => onChoose(file.path)} title={file.path}>
      <span style={{ width: 11, flex: 'none' }} />
      <Icon name="file" />
      <Name path={file.path} />
      <span className="wm-tree__size wm-num">{fileSize(file.file_size ?? 0)}</span>
    </button>
  )
}

/** The whole of it: files beside each other often differ at the end of their names. */
function Name({ path }: { path: string }) {
  return (
    <span className="wm-tree__name">
      <Breakable text={path.slice(path.lastIndexOf('/') + 1)} />
    </span>
  )
}
