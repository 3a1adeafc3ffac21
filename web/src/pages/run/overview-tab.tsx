import { useMediaQuery } from '@mantine/hooks'
import type { UseQueryResult } from '@tanstack/react-query'
import { isMachineTag } from '@waymark/contract/machine-tags'
import type { ReproReport } from '@waymark/contract/repro-report'
import type { Run } from '@waymark/contract/runs'
import { lazy, Suspense } from 'react'
import { Link } from 'react-router'
import { noteTag, tagOf } from '../../api/runs.ts'
import { fullNumber } from '../../ui/format.ts'
import { Icon } from '../../ui/icons.tsx'
import { importantFirst } from '../../ui/metric-order.ts'
import { Notes } from '../../ui/notes.tsx'
import { Num } from '../../ui/numbers.tsx'
import { Empty } from '../../ui/states.tsx'
import { useUrlState } from '../../ui/url-state.ts'
import { changedParams } from './changed-params.ts'
import { Curves } from './curves.tsx'
import { graphStages, stateWords } from './graph-stages.ts'
import { Plots } from './plots.tsx'
import type { ArtifactScan } from './use-artifact-scan.ts'
import { Values } from './values.tsx'

const StageGraph = lazy(async () => ({ default: (await import('../../charts/stage-graph.tsx')).StageGraph }))

interface OverviewTabProps {
  readonly run: Run
  readonly report: UseQueryResult<ReproReport | null>
  readonly scan: UseQueryResult<ArtifactScan>
}

/** What came out, what was run for it and with which params: in one look. */
export function OverviewTab({ run, report, scan }: OverviewTabProps) {
  const changes = changedParams(report.data?.stages ?? [])
  const metrics = new Map(run.data.metrics.map(({ key, value }) => [key, value]))
  const note = tagOf(run, noteTag)
  const params = run.data.params.toSorted(
    (a, b) => Number(changes.has(b.key)) - Number(changes.has(a.key)) || a.key.localeCompare(b.key),
  )
  return (
    <div className="wm-grid">
      <div className="wm-column">
        <Values
          title="Metrics"
          entries={importantFirst([...metrics.keys()], [run]).map((key) => {
            const value = metrics.get(key) ?? Number.NaN
            return { key, text: fullNumber(value), content: <Num value={value} /> }
          })}
          isNumeric
          empty="No metrics were logged."
        />
        <Values
          title={changes.size > 0 ? 'Params, changed first' : 'Params'}
          entries={params.map(({ key, value }) => {
            const change = changes.get(key)
            return {
              key,
              text: value,
              content: change?.old === undefined ? value : `${change.old} → ${value}`,
              isMarked: change !== undefined,
            }
          })}
          empty="No params were logged."
        />
      </div>
      <div className="wm-column">
        {note && <Notes text={note} />}
        {report.data && <MiniPipeline report={report.data} />}
        <Curves run={run} />
        <Plots run={run} scan={scan} />
        <Values
          title="Tags"
          entries={run.data.tags
            .filter(({ key }) => key !== noteTag)
            .toSorted((a, b) => a.key.localeCompare(b.key))
            .map(({ key, value }) => ({ key, text: value, content: value, isMachine: isMachineTag(key) }))}
          empty="No tags."
        />
        {run.data.metrics.length + run.data.params.length === 0 && run.info.status === 'RUNNING' && (
          <Empty title="Nothing logged yet">This page shows what the run logs as it comes.</Empty>
        )}
      </div>
    </div>
  )
}

function MiniPipeline({ report }: { report: ReproReport }) {
  const { set } = useUrlState()
  const isNarrow = useMediaQuery('(max-width: 600px)', undefined, { getInitialValueInEffect: false })
  return (
    <section className="wm-card" aria-label="Pipeline">
      <h2 className="wm-card__head" style={{ margin: 0, fontSize: 13 }}>
        Pipeline
        {report.ended_at === undefined && <span className="wm-live">running</span>}
      </h2>
      <FailedStages report={report} />
      <Suspense fallback={<div style={{ height: 160 }} />}>
        <StageGraph
          stages={graphStages(report)}
          direction={isNarrow ? 'TB' : 'LR'}
          onSelect={(stage) => set({ tab: 'pipeline', stage }, { push: true })}
        />
      </Suspense>
    </section>
  )
}

/** What failed, in words: a box of the graph has no room for them. */
function FailedStages({ report }: { report: ReproReport }) {
  const failed = report.stages.filter(({ state }) => state === 'failed')
  return failed.map((stage) => (
    <div key={stage.name} className="wm-failure">
      <div className="wm-failure__words">
        <Icon name="failed" />
        <span>
          {stage.name} {stateWords(stage)}
        </span>
      </div>
      {stage.error !== undefined && <div className="wm-path">{stage.error}</div>}
      <Link to={`?tab=pipeline&stage=${encodeURIComponent(stage.name)}`}>What it said</Link>
    </div>
  ))
}
