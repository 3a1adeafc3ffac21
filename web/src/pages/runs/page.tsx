import { Link, useParams } from 'react-router'
import { useExperiment } from '../../api/experiments.ts'
import { isNotFound } from '../../api/queries.ts'
import { noteTag } from '../../api/runs.ts'
import { Copy } from '../../ui/copy.tsx'
import { NotFound } from '../../ui/not-found.tsx'
import { Notes } from '../../ui/notes.tsx'
import { usePageTitle } from '../../ui/page-title.ts'
import { Failed } from '../../ui/states.tsx'
import { RunsView } from './runs-view.tsx'

/** The runs of an experiment. */
export function RunsPage() {
  const { experimentId = '' } = useParams()
  const experiment = useExperiment(experimentId)
  const name = experiment.data?.name ?? ''
  const note = experiment.data?.tags.find(({ key }) => key === noteTag)?.value
  usePageTitle(name)
  if (isNotFound(experiment.error)) return <NotFound what={`There is no experiment ${experimentId}`} />
  if (experiment.isError) {
    return (
      <main className="wm-page">
        <Failed what="Cannot open the experiment" error={experiment.error} retry={() => void experiment.refetch()} />
      </main>
    )
  }
  return (
    <main className="wm-page wm-runs">
      <div className="wm-head">
        <Link to="/">Experiments</Link>
        <span className="wm-dim" aria-hidden="true">
          /
        </span>
        <h1 className="wm-title wm-cut" title={name}>
          {name === '' ? '\u00a0' : name}
        </h1>
        {name !== '' && <Copy text={experimentId} what={`experiment id ${experimentId}`} />}
        {experiment.data?.lifecycle_stage === 'deleted' && <span className="wm-dim">deleted</span>}
      </div>
      {note && <Notes text={note} />}
      <RunsView key={experimentId} experimentId={experimentId} />
    </main>
  )
}
