import type { UseQueryResult } from '@tanstack/react-query'
import type { Run } from '@waymark/contract/runs'
import { Link } from 'react-router'
import { counted } from '../../ui/format.ts'
import { ArtifactImage } from './artifact-image.tsx'
import { kindOfFile } from './file-kind.ts'
import type { ArtifactScan } from './use-artifact-scan.ts'

const shownAtMost = 12

/** The images among a run's artifacts, small; each opens in the artifacts tab. */
export function Plots({ run, scan }: { run: Run; scan: UseQueryResult<ArtifactScan> }) {
  const images = (scan.data?.files ?? []).filter(({ path }) => kindOfFile(path) === 'image')
  if (images.length === 0) return null
  return (
    <section className="wm-card" aria-label="Plots">
      <h2 className="wm-card__head" style={{ margin: 0, fontSize: 13 }}>
        Plots
        <span className="wm-dim wm-num" style={{ fontWeight: 400 }}>
          {images.length > shownAtMost ? `${shownAtMost} of ${counted(images.length, 'image')}` : images.length}
          {scan.data?.isWhole === false && ', more folders in Artifacts'}
        </span>
      </h2>
      <div className="wm-card__body wm-thumbs">
        {images.slice(0, shownAtMost).map(({ path }) => (
          <Link
            key={path}
            className="wm-thumb"
            to={`/experiments/${run.info.experiment_id}/runs/${run.info.run_id}?tab=artifacts&path=${encodeURIComponent(path)}`}
            title={path}
          >
            <span className="wm-thumb__box">
              <ArtifactImage runId={run.info.run_id} path={path} alt="" />
            </span>
            <span className="wm-thumb__name wm-cut">{path.split('/').at(-1)}</span>
          </Link>
        ))}
      </div>
    </section>
  )
}
