import { versionTags } from '@waymark/contract/model-versions'
import type { ModelVersion } from '@waymark/contract/registered-models'
import { Link, useParams } from 'react-router'
import { useModel, useVersions } from '../../api/models.ts'
import { isNotFound } from '../../api/queries.ts'
import { useRun } from '../../api/runs.ts'
import { Copy } from '../../ui/copy.tsx'
import { counted } from '../../ui/format.ts'
import { NotFound } from '../../ui/not-found.tsx'
import { Num } from '../../ui/numbers.tsx'
import { usePageTitle } from '../../ui/page-title.ts'
import { RunDot } from '../../ui/run-dot.tsx'
import { Empty, Failed, SkeletonRows } from '../../ui/states.tsx'
import { Ago } from '../../ui/time.tsx'

/** A registered model: its versions, which alias points where, and the run that each came from. */
export function ModelPage() {
  const { modelName = '' } = useParams()
  usePageTitle(modelName)
  const model = useModel(modelName)
  const versions = useVersions({ name: modelName })
  if (isNotFound(model.error)) return <NotFound what={`There is no model “${modelName}”`} />
  const aliases = Map.groupBy(model.data?.aliases ?? [], ({ version }) => version)
  return (
    <main className="wm-page">
      <nav className="wm-dim" aria-label="Where this model is">
        <Link to="/models">Models</Link>
      </nav>
      <div className="wm-head">
        <h1 className="wm-title wm-cut">{modelName}</h1>
        <Copy text={modelName} what="model name" />
      </div>
      {model.data?.description && <p style={{ margin: 0, whiteSpace: 'pre-wrap' }}>{model.data.description}</p>}
      <section className="wm-card wm-scroll" aria-label="Versions">
        {model.isPending || versions.isPending ? (
          <SkeletonRows rows={4} height={36} />
        ) : model.isError || versions.isError ? (
          <Failed
            what="Cannot load the model"
            error={model.error ?? versions.error}
            retry={() => {
              void model.refetch()
              void versions.refetch()
            }}
          />
        ) : versions.data.length === 0 ? (
          <Empty title="No versions yet" />
        ) : (
          <VersionTable
            versions={versions.data}
            aliasesOf={(version) => (aliases.get(version) ?? []).map(({ alias }) => alias)}
          />
        )}
      </section>
      {versions.isSuccess && <div className="wm-dim wm-num">{counted(versions.data.length, 'version')}</div>}
    </main>
  )
}

interface VersionTableProps {
  readonly versions: readonly ModelVersion[]
  readonly aliasesOf: (version: string) => readonly string[]
}

function VersionTable({ versions, aliasesOf }: VersionTableProps) {
  return (
    <table className="wm-plain">
      <thead>
        <tr>
          <th className="wm-right">Version</th>
          <th>Aliases</th>
          <th>Score</th>
          <th>Made</th>
          <th>Run</th>
          <th>Tags</th>
          <th>Description</th>
        </tr>
      </thead>
      <tbody>
        {versions.map((version) => (
          <tr key={version.version}>
            <td className="wm-right wm-num">{version.version}</td>
            <td>
              {aliasesOf(version.version).map((alias) => (
                <span key={alias} className="wm-alias">
                  {alias}
                </span>
              ))}
            </td>
            <td>
              <Score version={version} />
            </td>
            <td className="wm-dim">
              <Ago at={version.creation_timestamp} />
            </td>
            <td>{version.run_id ? <RunLink runId={version.run_id} /> : <span className="wm-dim">–</span>}</td>
            <td className="wm-dim" style={{ maxWidth: 240, fontSize: 11 }}>
              {version.tags.filter(isOther).map(({ key, value }) => (
                <div key={key} className="wm-cut" title={`${key}: ${value}`}>
                  {key} {value}
                </div>
              ))}
            </td>
            <td>{version.description}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What the version was promoted or passed over for: a metric of the test rows, and its value. */
function Score({ version }: { version: ModelVersion }) {
  const tagOf = (wanted: string) => version.tags.find(({ key }) => key === wanted)?.value
  const [metric, score] = [tagOf(versionTags.metric), tagOf(versionTags.score)]
  if (score === undefined) return <span className="wm-dim">–</span>
  return (
    <span style={{ whiteSpace: 'nowrap' }}>
      <span className="wm-dim">{metric}</span> <Num value={Number(score)} />
    </span>
  )
}

function isOther({ key }: { key: string }): boolean {
  return key !== versionTags.metric && key !== versionTags.score
}

function RunLink({ runId }: { runId: string }) {
  const run = useRun(runId)
  if (!run.data) return <code className="wm-mono">{runId.slice(0, 8)}</code>
  const { experiment_id, run_name } = run.data.info
  return (
    <span style={{ display: 'inline-flex', alignItems: 'center', gap: 6 }}>
      <RunDot runId={runId} />
      <Link to={`/experiments/${experiment_id}/runs/${runId}`}>{run_name || runId}</Link>
    </span>
  )
}
