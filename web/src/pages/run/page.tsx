import './run.css'
import { Tabs } from '@mantine/core'
import type { Run } from '@waymark/contract/runs'
import { lazy, Suspense } from 'react'
import { useParams } from 'react-router'
import { useReport } from '../../api/artifacts.ts'
import { isNotFound } from '../../api/queries.ts'
import { useChildCount, useRun } from '../../api/runs.ts'
import { NotFound } from '../../ui/not-found.tsx'
import { usePageTitle } from '../../ui/page-title.ts'
import { Failed, SkeletonRows } from '../../ui/states.tsx'
import { useUrlState } from '../../ui/url-state.ts'
import { useKeys } from '../../ui/use-keys.ts'
import { RunHeader } from './header.tsx'
import { modelFoldersOf, useArtifactScan } from './use-artifact-scan.ts'

const OverviewTab = lazy(async () => ({ default: (await import('./overview-tab.tsx')).OverviewTab }))
const ChartsTab = lazy(async () => ({ default: (await import('./charts-tab.tsx')).ChartsTab }))
const PipelineTab = lazy(async () => ({ default: (await import('./pipeline-tab.tsx')).PipelineTab }))
const ArtifactsTab = lazy(async () => ({ default: (await import('./artifacts-tab.tsx')).ArtifactsTab }))
const ModelTab = lazy(async () => ({ default: (await import('./model-tab.tsx')).ModelTab }))
const ChildrenTab = lazy(async () => ({ default: (await import('./children-tab.tsx')).ChildrenTab }))

/** A run: what came out, how, from what. */
export function RunPage() {
  const { experimentId = '', runId = '' } = useParams()
  const run = useRun(runId)
  usePageTitle(run.data?.info.run_name ?? '')
  if (isNotFound(run.error) || (run.data && run.data.info.experiment_id !== experimentId)) {
    return <NotFound what={`There is no run ${runId} in experiment ${experimentId}`} />
  }
  return (
    <main className="wm-page">
      {run.data ? (
        <RunTabs run={run.data} />
      ) : run.isError ? (
        <Failed what="Cannot open the run" error={run.error} retry={() => void run.refetch()} />
      ) : (
        <SkeletonRows rows={10} />
      )}
    </main>
  )
}

function RunTabs({ run }: { run: Run }) {
  const { params, set } = useUrlState()
  const children = useChildCount(run).data ?? 0
  const report = useReport(run)
  const scan = useArtifactScan(run)
  const hasModel = modelFoldersOf(scan.data?.files ?? []).length > 0
  const tabs = [
    { id: 'overview', words: 'Overview', content: <OverviewTab run={run} report={report} scan={scan} /> },
    { id: 'charts', words: 'Charts', content: <ChartsTab run={run} /> },
    { id: 'pipeline', words: 'Pipeline', content: <PipelineTab run={run} report={report} /> },
    { id: 'artifacts', words: 'Artifacts', content: <ArtifactsTab run={run} /> },
    ...(hasModel ? [{ id: 'model', words: 'Model', content: <ModelTab run={run} scan={scan} /> }] : []),
    ...(children > 0
      ? [{ id: 'children', words: `Children (${children})`, content: <ChildrenTab run={run} count={children} /> }]
      : []),
  ]
  const wanted = params.get('tab') ?? 'overview'
  const tab = tabs.find(({ id }) => id === wanted)
  const go = (id: string | null) => set({ tab: id === 'overview' ? undefined : (id ?? undefined) }, { push: true })
  useKeys(Object.fromEntries(tabs.map(({ id }, index) => [String(index + 1), () => go(id)])))
  return (
    <>
      <RunHeader run={run} />
      <Tabs value={tab?.id ?? null} onChange={go} keepMounted={false}>
        <Tabs.List aria-label="Of this run" className="wm-tabs">
          {tabs.map(({ id, words }) => (
            <Tabs.Tab key={id} value={id}>
              {words}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ id, content }) => (
          <Tabs.Panel key={id} value={id} pt={12}>
            <Suspense fallback={<SkeletonRows rows={8} />}>{content}</Suspense>
          </Tabs.Panel>
        ))}
      </Tabs>
      {!tab && wanted !== 'model' && wanted !== 'children' && (
        <div className="wm-dim">A run has no tab “{wanted}”.</div>
      )}
    </>
  )
}
