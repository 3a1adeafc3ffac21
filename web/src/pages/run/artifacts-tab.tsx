import type { Run } from '@waymark/contract/runs'
import { useFolder } from '../../api/artifacts.ts'
import { Command } from '../../ui/copy.tsx'
import { Empty, Failed, SkeletonRows } from '../../ui/states.tsx'
import { useUrlState } from '../../ui/url-state.ts'
import { FileTree } from './file-tree.tsx'
import { Preview } from './preview.tsx'

/** The files of a run: the tree, and the one that is chosen. */
export function ArtifactsTab({ run }: { run: Run }) {
  const { params, set } = useUrlState()
  const runId = run.info.run_id
  const path = params.get('path') ?? ''
  const live = run.info.status === 'RUNNING'
  const root = useFolder(runId, '', { live })
  if (root.isPending) return <SkeletonRows rows={6} />
  if (root.isError) {
    return <Failed what="Cannot list the artifacts" error={root.error} retry={() => void root.refetch()} />
  }
  if (root.data.length === 0) {
    return (
      <div className="wm-card">
        <Empty title="No artifacts">
          <span>{live ? 'Files show here as the run logs them.' : 'This run logged no files. From Python:'}</span>
          {!live && <Command text="mlflow.log_artifact('plot.png')" />}
        </Empty>
      </div>
    )
  }
  return (
    <div className="wm-files">
      <nav className="wm-card wm-files__tree" aria-label="Artifacts" data-chosen={path !== ''}>
        <FileTree runId={runId} path="" chosen={path} live={live} onChoose={(file) => set({ path: file })} />
      </nav>
      {path === '' ? (
        <div className="wm-card">
          <Empty title="Choose a file">Text, JSON, CSV and images are shown here; anything can be downloaded.</Empty>
        </div>
      ) : (
        <Preview key={path} runId={runId} path={path} />
      )}
    </div>
  )
}
