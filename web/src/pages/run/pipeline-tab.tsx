import { useMediaQuery } from '@mantine/hooks'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReproReport } from '@waymark/contract/repro-report'
import type { Run } from '@waymark/contract/runs'
import { StageGraph } from '../../charts/stage-graph.tsx'
import { Command } from '../../ui/copy.tsx'
import { duration } from '../../ui/format.ts'
import { Empty, Failed, SkeletonRows } from '../../ui/states.tsx'
import { useUrlState } from '../../ui/url-state.ts'
import { graphStages } from './graph-stages.ts'
import { StagePanel } from './stage-panel.tsx'

/** The stages as a graph; one that is chosen tells why it ran, what it read and what it made. */
export function PipelineTab({ run, report }: { run: Run; report: UseQueryResult<ReproReport | null> }) {
  const { params, set } = useUrlState()
  const isNarrow = useMediaQuery('(max-width: 900px)', undefined, { getInitialValueInEffect: false })
  if (report.isPending) return <SkeletonRows rows={8} />
  if (report.isError) {
    return <Failed what="Cannot read the pipeline's record" error={report.error} retry={() => void report.refetch()} />
  }
  if (report.data === null) {
    return (
      <div className="wm-card">
        <Empty title="No pipeline made this run">
          {run.info.status === 'RUNNING' ? (
            <span>Its record shows here as soon as the first stage is done.</span>
          ) : (
            <>
              <span>A run that a repro makes shows its stages here: what ran, why, on which bytes.</span>
              <Command text="npm run repro" />
            </>
          )}
        </Empty>
      </div>
    )
  }
  const { stages, started_at, ended_at } = report.data
  const selected = stages.find(({ name }) => name === params.get('stage')) ?? mostTelling(report.data)
  return (
    <div className="wm-pipeline">
      <section className="wm-card" aria-label="Stages">
        <div className="wm-card__head">
          {summary(report.data)}
          <span className="wm-dim" style={{ fontWeight: 400, marginLeft: 'auto' }}>
            {ended_at === undefined ? <span className="wm-live">running</span> : duration(ended_at - started_at)}
          </span>
        </div>
        <StageGraph
          stages={graphStages(report.data)}
          selected={selected?.name}
          onSelect={(stage) => set({ stage })}
          direction={isNarrow ? 'TB' : 'LR'}
          canMove={!isNarrow} // there a finger on it scrolls the page
        />
      </section>
      {selected && <StagePanel stage={selected} stages={stages} />}
    </div>
  )
}

/** The stage to look at first: the one that failed, that runs, or the first that was not up to date. */
function mostTelling({ stages }: ReproReport) {
  return (
    stages.find(({ state }) => state === 'failed') ??
    stages.find(({ state }) => state === 'running') ??
    stages.find(({ reasons }) => reasons.length > 0) ??
    stages[0]
  )
}

function summary({ stages }: ReproReport): string {
  return [...Map.groupBy(stages, ({ state }) => state)].map(([state, all]) => `${all.length} ${state}`).join(', ')
}
