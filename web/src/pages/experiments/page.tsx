import { Link, useNavigate } from 'react-router'
import { useExperiments, useSummaries } from '../../api/experiments.ts'
import { Command } from '../../ui/copy.tsx'
import { counted, withThousands } from '../../ui/format.ts'
import { NameSearch } from '../../ui/name-search.tsx'
import { usePageTitle } from '../../ui/page-title.ts'
import { Empty, Failed, SkeletonRows } from '../../ui/states.tsx'
import { Ago } from '../../ui/time.tsx'
import { useUrlState } from '../../ui/url-state.ts'
import { type ExperimentRow, experimentRows } from './rows.ts'

export function ExperimentsPage() {
  usePageTitle('Experiments')
  const { params, set } = useUrlState()
  const search = params.get('q') ?? ''
  const experiments = useExperiments()
  const summaries = useSummaries(experiments.data?.map((each) => each.experiment_id) ?? [])
  const all = experimentRows(experiments.data ?? [], summaries.data)
  const rows = all.filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
  return (
    <main className="wm-page">
      <div className="wm-head">
        <h1 className="wm-title">Experiments</h1>
        <NameSearch what="experiments" value={search} onChange={(q) => set({ q })} />
      </div>
      <section className="wm-card wm-scroll" aria-label="Experiments">
        {experiments.isPending ? (
          <SkeletonRows rows={4} height={36} />
        ) : experiments.isError ? (
          <Failed
            what="Cannot list the experiments"
            error={experiments.error}
            retry={() => void experiments.refetch()}
          />
        ) : rows.length === 0 ? (
          <NoExperiments search={search} total={all.length} />
        ) : (
          <ExperimentTable rows={rows} />
        )}
      </section>
      {experiments.isSuccess && (
        <div className="wm-dim wm-num" aria-live="polite">
          {rows.length} of {counted(all.length, 'experiment')} shown
        </div>
      )}
    </main>
  )
}

function ExperimentTable({ rows }: { rows: readonly ExperimentRow[] }) {
  const navigate = useNavigate()
  return (
    <table className="wm-plain">
      <thead>
        <tr>
          <th>Name</th>
          <th className="wm-right">Runs</th>
          <th>Running</th>
          <th>Last activity</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          // The link in it is the row's keyboard way.
          <tr key={row.id} style={{ cursor: 'pointer' }} onClick={() => void navigate(`/experiments/${row.id}`)}>
            <td className="wm-cut">
              <Link to={`/experiments/${row.id}`} title={row.name} onClick={(event) => event.stopPropagation()}>
                {row.name}
              </Link>
            </td>
            <td className="wm-right wm-num">{row.runs === undefined ? '…' : withThousands(String(row.runs))}</td>
            <td>
              {row.running !== undefined && row.running > 0 && <span className="wm-live">{row.running} running</span>}
            </td>
            <td className="wm-dim">{row.lastActivity === undefined ? 'no runs yet' : <Ago at={row.lastActivity} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function NoExperiments({ search, total }: { search: string; total: number }) {
  if (total > 0) return <Empty title={`No experiment is called “${search}”`}>Another word, or none, shows more.</Empty>
  return (
    <Empty title="No experiments yet">
      <span>A repro of the pipeline makes the first one, with its run, models and plots:</span>
      <Command text="npm run repro" />
      <span>or point any MLflow client here:</span>
      <Command text={`export MLFLOW_TRACKING_URI=${location.origin}`} />
    </Empty>
  )
}
