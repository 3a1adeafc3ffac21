import { leavesOf } from '@waymark/client/leaves'
import type { ReproStage } from '@waymark/contract/repro-report'
import type { ReactNode } from 'react'
import { Breakable } from '../../ui/breakable.tsx'
import { Copy } from '../../ui/copy.tsx'
import { counted, fileSize } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { failedBefore, stateWords } from './graph-stages.ts'

interface StagePanelProps {
  readonly stage: ReproStage
  /** All of the repro, this one too. */
  readonly stages: readonly ReproStage[]
}

/** One stage: state, failure, reasons, command, params, what it read and what it made. */
export function StagePanel({ stage, stages }: StagePanelProps) {
  const command = [stage.cmd].flat().join(' && ')
  return (
    <section className="wm-card" aria-label={`Stage ${stage.name}`}>
      <div className="wm-card__head" data-state={stage.state}>
        {stage.name}
        <span style={{ color: 'var(--wm-stage, var(--wm-dim))', fontWeight: 500 }}>{stateWords(stage)}</span>
      </div>
      {stage.state === 'failed' && <Failure stage={stage} />}
      <Part title={stage.state === 'failed' ? 'Why it was to run' : 'Why'}>
        {stage.reasons.length === 0 ? (
          <span className="wm-dim">{withoutReason(stage, stages)}</span>
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
      <Params params={stage.params} />
    </section>
  )
}

/** What the stage said before it ended. */
function Failure({ stage: { error, exit_code, stderr_tail } }: { stage: ReproStage }) {
  return (
    <div className="wm-failure" role="alert">
      <div className="wm-failure__words">
        <Icon name="failed" />
        <span>
          {error ?? (exit_code === null ? 'It did not end by itself.' : `Its command exited with ${exit_code}.`)}
        </span>
      </div>
      {stderr_tail ? (
        <>
          <div className="wm-dim wm-failure__head">
            The last lines it wrote to stderr <Copy text={stderr_tail} what="last lines" />
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must get there */}
          <section className="wm-failure__tail" aria-label="Last lines of stderr" tabIndex={0}>
            <pre className="wm-mono">{stderr_tail}</pre>
          </section>
        </>
      ) : (
        <span className="wm-dim">It wrote nothing to stderr that the record holds.</span>
      )}
    </div>
  )
}

function withoutReason(stage: ReproStage, stages: readonly ReproStage[]): string {
  if (stage.state === 'unchanged') return 'Nothing it depends on changed.'
  if (stage.state !== 'not reached') return 'It was not its turn yet.'
  const failed = failedBefore(stage.name, stages)
  return failed.length > 0 ? `Not reached: ${failed.join(', ')} failed before it.` : 'The repro ended before its turn.'
}

/** Tracked params leaf by leaf, under the name of their file where there are several. */
function Params({ params }: { params: ReproStage['params'] }) {
  const files = Object.entries(params)
    .map(([file, values]) => ({ file, leaves: [...leavesOf(values, '')].filter(([key]) => key !== '') }))
    .filter(({ leaves }) => leaves.length > 0)
  if (files.length === 0) return null
  const count = files.reduce((sum, { leaves }) => sum + leaves.length, 0)
  return (
    <Part title={`${counted(count, 'tracked param')}${files.length === 1 ? ` of ${files[0]?.file}` : ''}`}>
      {files.map(({ file, leaves }) => (
        <table key={file} className="wm-plain wm-leaves" aria-label={`Tracked params of ${file}`}>
          {files.length > 1 && <caption>{file}</caption>}
          <tbody>
            {leaves.map(([key, value]) => {
              const text = JSON.stringify(value) ?? 'undefined'
              return (
                <tr key={key}>
                  <th scope="row" className="wm-path" title={key}>
                    <Breakable text={key} />
                  </th>
                  <td className="wm-mono" title={text}>
                    <span>{text}</span>
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      ))}
    </Part>
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
                  <Breakable text={path} />
                  {nfiles !== undefined && <span className="wm-dim"> · {counted(nfiles, 'file')}</span>}
                </td>
                <td className="wm-right wm-num wm-dim" style={{ whiteSpace: 'nowrap', padding: '4px 6px' }}>
                  {size === undefined ? '' : fileSize(size)}
                </td>
                <td style={{ whiteSpace: 'nowrap', padding: 0, width: 96 }}>
                  {md5 === undefined ? (
                    <span className="wm-dim">not there</span>
                  ) : (
                    <span className="wm-hash">
                      <code className="wm-mono" title={md5}>
                        {md5.slice(0, 8)}
                      </code>
                      <Copy text={md5} what="hash" />
                    </span>
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
