import { reproTags } from '@waymark/contract/repro-report'
import type { Run } from '@waymark/contract/runs'
import { Link } from 'react-router'
import { useExperiment } from '../../api/experiments.ts'
import { tagOf, useRun } from '../../api/runs.ts'
import { Copy } from '../../ui/copy.tsx'
import { Replayed } from '../../ui/replayed.tsx'
import { RunDot } from '../../ui/run-dot.tsx'
import { Status } from '../../ui/status.tsx'
import { Ago, Took } from '../../ui/time.tsx'

/** Name and fate of a run, its place and its code. */
export function RunHeader({ run }: { run: Run }) {
  const { info } = run
  const experiment = useExperiment(info.experiment_id)
  const commit = tagOf(run, reproTags.commit)
  const branch = tagOf(run, reproTags.branch)
  const isDirty = tagOf(run, reproTags.dirty) === 'true'
  const user = info.user_id || tagOf(run, 'mlflow.user')
  return (
    <header className="wm-runhead">
      <nav aria-label="Where this run is" className="wm-crumbs">
        <Link to="/">Experiments</Link>
        <span aria-hidden="true">/</span>
        <Link to={`/experiments/${info.experiment_id}`} className="wm-cut">
          {experiment.data?.name ?? info.experiment_id}
        </Link>
        <ParentLink run={run} />
      </nav>
      <div className="wm-runhead__name">
        <RunDot runId={info.run_id} size={14} />
        <h1 className="wm-title wm-cut" title={info.run_name}>
          {info.run_name || info.run_id}
        </h1>
        <Copy text={info.run_id} what="run id" />
      </div>
      <div className="wm-facts">
        <Status status={info.status} />
        <Took from={info.start_time} to={info.end_time} />
        <Ago at={info.start_time} />
        {commit !== undefined && (
          <span className="wm-commit">
            <code className="wm-mono" title={commit}>
              {commit.slice(0, 8)}
            </code>
            {branch !== undefined && <span>on {branch}</span>}
            {isDirty && <span>(+ uncommitted changes)</span>}
            <Copy text={commit} what="commit" />
          </span>
        )}
        {user && <span>by {user}</span>}
        {tagOf(run, reproTags.replayed) !== undefined && <Replayed />}
        {info.lifecycle_stage === 'deleted' && <b style={{ color: 'var(--wm-failed)' }}>deleted</b>}
      </div>
    </header>
  )
}

function ParentLink({ run }: { run: Run }) {
  const parentId = tagOf(run, reproTags.parent)
  if (parentId === undefined) return null
  return <Parent experimentId={run.info.experiment_id} parentId={parentId} />
}

function Parent({ experimentId, parentId }: { experimentId: string; parentId: string }) {
  const parent = useRun(parentId)
  return (
    <>
      <span aria-hidden="true">/</span>
      <Link to={`/experiments/${experimentId}/runs/${parentId}?tab=children`} className="wm-cut">
        {parent.data?.info.run_name ?? parentId}
      </Link>
    </>
  )
}
