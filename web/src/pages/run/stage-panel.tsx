import type { ReproStage } from '@waymark/contract/repro-report'
import type { ReactNode } from 'react'
import { Copy } from '../../ui/copy.tsx'
import { counted, fileSize } from '../../ui/format.ts'
import { stateWords } from './graph-stages.ts'
import { paramLeaves } from './param-leaves.ts'

/** One stage: state, reasons, command, params, what it read and what it made. */
export function StagePanel({ stage }: { stage: ReproStage }) {
  const command = [stage.cmd].flat().join(' && ')
  const params = Object.entries(stage.params).flatMap(([file, values]) =>
    paramLeaves(values).map((leaf) => ({ file, ...leaf })),
  )
  return (
    <section className="wm-card" aria-label={`Stage ${stage.name}`}>
      <div className="wm-card__head" data-state={stage.state}>
        {stage.name}
        <span style={{ color: 'var(--wm-stage, var(--wm-dim))', fontWeight: 500 }}>{stateWords(stage)}</span>
      </div>
      <Part title="Why">
        {stage.reasons.length === 0 ? (
          <span className="wm-dim">
            {stage.state === 'unchanged' ? 'Nothing it depends on changed.' : 'It was not its turn yet.'}
          </span>
        ) : (
          <ul className="wm-reasons">
            {stage.reasons.map(({ text }) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        )}
      </Part>
      <Part title="Command">
        <code className="wm-mono wm-path">{command}</code> <Copy text={command} what="command" />
      </Part>
      <Files title="Reads" files={stage.deps} />
      <Files title="Makes" files={stage.outs} />
      {params.length > 0 && (
        <Part title={counted(params.length, 'tracked param')}>
          <table className="wm-plain">
            <tbody>
              {params.map(({ file, key, text }) => (
                <tr key={`${file} ${key}`}>
                  <td className="wm-path" title={file} style={{ paddingLeft: 0 }}>
                    {key}
                  </td>
                  <td className="wm-mono wm-path">{text}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Part>
      )}
    </section>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div style={{ padding: '8px 12px', borderTop: '1px solid var(--wm-line)' }}>
      <div className="wm-dim" style={{ fontSize: 12, marginBottom: 2 }}>
        {title}
      </div>
      {children}
    </div>
  )
}

function Files({ title, files }: { title: string; files: ReproStage['deps'] }) {
  return (
    <Part title={`${title} ${files.length === 0 ? 'nothing' : ''}`}>
      {files.length > 0 && (
        <table className="wm-plain" aria-label={title}>
          <tbody>
            {files.map(({ path, md5, size, nfiles }) => (
              <tr key={path}>
                <td className="wm-path" style={{ paddingLeft: 0 }}>
                  {path}
                  {nfiles !== undefined && <span className="wm-dim"> · {counted(nfiles, 'file')}</span>}
                </td>
                <td className="wm-right wm-num wm-dim" style={{ whiteSpace: 'nowrap', padding: '4px 6px' }}>
                  {size === undefined ? '' : fileSize(size)}
                </td>
                <td style={{ whiteSpace: 'nowrap', padding: 0, width: 96 }}>
                  {md5 === undefined ? (
                    <span className="wm-dim">not there</span>
                  ) : (
                    <>
                      <code className="wm-mono" title={md5}>
                        {md5.slice(0, 8)}
                      </code>
                      <Copy text={md5} what="hash" />
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Part>
  )
}
