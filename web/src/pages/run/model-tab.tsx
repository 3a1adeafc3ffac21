import type { UseQueryResult } from '@tanstack/react-query'
import type { Run } from '@waymark/contract/runs'
import { Link } from 'react-router'
import { useArtifactHead } from '../../api/artifacts.ts'
import { useVersions } from '../../api/models.ts'
import { fileSize } from '../../ui/format.ts'
import { Failed, SkeletonRows } from '../../ui/states.tsx'
import { type ModelColumn, parseModelFile } from './model-file.ts'
import { type ArtifactScan, modelFoldersOf } from './use-artifact-scan.ts'

/** The models that a run made: what each takes and gives, and where it is registered. */
export function ModelTab({ run, scan }: { run: Run; scan: UseQueryResult<ArtifactScan> }) {
  const folders = modelFoldersOf(scan.data?.files ?? [])
  return (
    <div className="wm-column">
      <Registered run={run} />
      {folders.map((folder) => (
        <ModelCard key={folder} run={run} folder={folder} />
      ))}
    </div>
  )
}

function Registered({ run }: { run: Run }) {
  const versions = useVersions({ runId: run.info.run_id })
  if (!versions.data || versions.data.length === 0) return null
  return (
    <section className="wm-card" aria-label="Registered as">
      <div className="wm-card__head">Registered as</div>
      <div className="wm-card__body">
        {versions.data.map(({ name, version, aliases }) => (
          <div key={`${name} ${version}`}>
            <Link to={`/models/${encodeURIComponent(name)}`}>
              {name}, version {version}
            </Link>{' '}
            {aliases.map((alias) => (
              <span key={alias} className="wm-alias">
                {alias}
              </span>
            ))}
          </div>
        ))}
      </div>
    </section>
  )
}

function ModelCard({ run, folder }: { run: Run; folder: string }) {
  const path = folder === '' ? 'MLmodel' : `${folder}/MLmodel`
  const head = useArtifactHead(run.info.run_id, path, 1024 * 1024)
  if (head.isPending) return <SkeletonRows rows={5} />
  if (head.isError) {
    return <Failed what={`Cannot read ${path}`} error={head.error} retry={() => void head.refetch()} />
  }
  const model = parseModelFile(new TextDecoder().decode(head.data.bytes))
  if (model === undefined) return <Failed what={`Cannot read ${path}`} error={new Error('It is not valid YAML')} />
  return (
    <section className="wm-card" aria-label={`Model ${folder}`}>
      <div className="wm-card__head">
        <Link
          to={`/experiments/${run.info.experiment_id}/runs/${run.info.run_id}?tab=artifacts&path=${encodeURIComponent(path)}`}
        >
          {folder || 'the root of the artifacts'}
        </Link>
        <span className="wm-dim" style={{ fontWeight: 400 }}>
          {model.flavors.join(', ')}
          {model.sizeBytes !== undefined && ` · ${fileSize(model.sizeBytes)}`}
        </span>
      </div>
      <div className="wm-card__body wm-grid" style={{ gridTemplateColumns: 'repeat(auto-fit, minmax(240px, 1fr))' }}>
        <Columns title="Takes" columns={model.inputs} />
        <Columns title="Gives" columns={model.outputs} />
      </div>
    </section>
  )
}

function Columns({ title, columns }: { title: string; columns: readonly ModelColumn[] | undefined }) {
  if (columns === undefined) {
    return (
      <div>
        <b>{title}</b> <span className="wm-dim">no signature</span>
      </div>
    )
  }
  return (
    <table className="wm-plain" aria-label={title}>
      <thead>
        <tr>
          <th>
            {title} ({columns.length})
          </th>
          <th>Type</th>
        </tr>
      </thead>
      <tbody>
        {columns.map(({ name, type, isRequired }, index) => (
          <tr key={name ?? index}>
            <td className="wm-path">
              {name ?? <span className="wm-dim">unnamed</span>}
              {!isRequired && <span className="wm-dim"> (optional)</span>}
            </td>
            <td className="wm-mono">{type}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
