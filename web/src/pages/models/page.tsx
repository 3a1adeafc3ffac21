import { Link } from 'react-router'
import { useModels } from '../../api/models.ts'
import { Command } from '../../ui/copy.tsx'
import { counted } from '../../ui/format.ts'
import { NameSearch } from '../../ui/name-search.tsx'
import { usePageTitle } from '../../ui/page-title.ts'
import { Empty, Failed, SkeletonRows } from '../../ui/states.tsx'
import { Ago } from '../../ui/time.tsx'
import { useUrlState } from '../../ui/url-state.ts'

/** The registered models. */
export function ModelsPage() {
  usePageTitle('Models')
  const { params, set } = useUrlState()
  const search = params.get('q') ?? ''
  const models = useModels()
  const found = (models.data ?? []).filter(({ name }) => name.toLowerCase().includes(search.toLowerCase()))
  return (
    <main className="wm-page">
      <div className="wm-head">
        <h1 className="wm-title">Models</h1>
        <NameSearch what="models" value={search} onChange={(q) => set({ q })} />
      </div>
      <section className="wm-card wm-scroll" aria-label="Models">
        {models.isPending ? (
          <SkeletonRows rows={3} height={36} />
        ) : models.isError ? (
          <Failed what="Cannot list the models" error={models.error} retry={() => void models.refetch()} />
        ) : models.data.length === 0 ? (
          <Empty title="No registered models yet">
            <span>A repro registers the winner of the search, and promotes it when it is better:</span>
            <Command text="npm run repro" />
          </Empty>
        ) : found.length === 0 ? (
          <Empty title={`No model is called “${search}”`} />
        ) : (
          <table className="wm-plain">
            <thead>
              <tr>
                <th>Name</th>
                <th className="wm-right">Newest version</th>
                <th>Aliases</th>
                <th>Changed</th>
              </tr>
            </thead>
            <tbody>
              {found.map((model) => (
                <tr key={model.name}>
                  <td className="wm-cut" title={model.name}>
                    <Link to={`/models/${encodeURIComponent(model.name)}`}>{model.name}</Link>
                  </td>
                  <td className="wm-right wm-num">
                    {Math.max(0, ...model.latest_versions.map(({ version }) => Number(version))) || '–'}
                  </td>
                  <td>
                    {model.aliases.map(({ alias, version }) => (
                      <span key={alias} className="wm-alias">
                        {alias} → {version}
                      </span>
                    ))}
                  </td>
                  <td className="wm-dim">
                    <Ago at={model.last_updated_timestamp ?? model.creation_timestamp} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      {models.isSuccess && (
        <div className="wm-dim wm-num" aria-live="polite">
          {found.length} of {counted(models.data.length, 'model')} shown
        </div>
      )}
    </main>
  )
}
