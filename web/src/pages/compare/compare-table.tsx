import { useMemo } from 'react'
import { useReports } from '../../api/artifacts.ts'
import { wordsOf } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { Ago, Took } from '../../ui/time.tsx'
import { CauseList } from './cause-list.tsx'
import { causesOf } from './causes.ts'
import { CompareHead, type CompareHeadProps } from './compare-head.tsx'
import { lockDiff } from './lock-diff.ts'
import { LockSection } from './lock-section.tsx'
import { MetricSection } from './metric-section.tsx'
import { ParamSection } from './param-section.tsx'
import { Line } from './section.tsx'

interface CompareTableProps extends CompareHeadProps {
  readonly onlyDifferences: boolean
}

/** Causes, params, metrics and locks of the runs, a column each. */
export function CompareTable(props: CompareTableProps) {
  const { runs, baseline, onlyDifferences } = props
  const { isReading, reports, errors } = useReports(runs.map(({ info }) => info.run_id))
  const lines = useMemo(
    () =>
      lockDiff(
        reports.map((report) => report ?? null),
        baseline,
      ),
    [reports, baseline],
  )
  const causes = useMemo(() => causesOf(runs, lines, baseline), [runs, lines, baseline])
  return (
    <div className="wm-card wm-scroll" style={{ maxHeight: '80vh' }}>
      <table className="wm-compare" aria-label="Comparison" style={{ ['--wm-runs' as string]: runs.length }}>
        <CompareHead {...props} />
        <tbody>
          <Line title="What changed">
            {causes.map((cause, at) => (
              <CauseList
                key={runs[at]?.info.run_id}
                causes={cause}
                isBaseline={at === baseline}
                isReading={isReading}
              />
            ))}
          </Line>
          <Line title="Status">
            {runs.map(({ info }) => (
              <Status key={info.run_id} status={info.status} />
            ))}
          </Line>
          <Line title="Started, took">
            {runs.map(({ info }) => (
              <span key={info.run_id}>
                <Ago at={info.start_time} />, <Took from={info.start_time} to={info.end_time} />
              </span>
            ))}
          </Line>
          <ParamSection runs={runs} baseline={baseline} onlyDifferences={onlyDifferences} />
          <MetricSection runs={runs} baseline={baseline} onlyDifferences={onlyDifferences} />
          <LockSection
            lines={lines}
            runs={runs}
            baseline={baseline}
            onlyDifferences={onlyDifferences}
            isReading={isReading}
          />
          {errors.some((error) => error !== null) && (
            <Line title="Pipeline record">
              {errors.map((error, at) => (
                <span key={runs[at]?.info.run_id}>{error === null ? 'read' : wordsOf(error)}</span>
              ))}
            </Line>
          )}
        </tbody>
      </table>
    </div>
  )
}
