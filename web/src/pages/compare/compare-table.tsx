import type { Run } from '@waymark/contract/runs'
import { useMemo } from 'react'
import { useReports } from '../../api/artifacts.ts'
import { counted } from '../../ui/format.ts'
import { Num } from '../../ui/numbers.tsx'
import { bestValues, betterDirection, isUnderWayOrDone } from '../../ui/run-table/columns.ts'
import { wordsOf } from '../../ui/states.tsx'
import { Status } from '../../ui/status.tsx'
import { Ago, Took } from '../../ui/time.tsx'
import { CauseList } from './cause-list.tsx'
import { causesOf } from './causes.ts'
import { CompareHead } from './compare-head.tsx'
import { Delta } from './delta.tsx'
import { comparedMetrics, comparedParams } from './differences.ts'
import { lockDiff } from './lock-diff.ts'
import { LockSection } from './lock-section.tsx'
import { Line, SectionHead } from './section.tsx'

export interface CompareTableProps {
  readonly runs: readonly Run[]
  /** Which of the runs the others are measured against. */
  readonly baseline: number
  readonly onlyDifferences: boolean
  readonly onBaseline: (runId: string) => void
  readonly onRemove: (runId: string) => void
}

/** Causes, params, metrics and locks of the runs, a column each. */
export function CompareTable(props: CompareTableProps) {
  const { runs, baseline, onlyDifferences } = props
  const reports = useReports(runs.map(({ info }) => info.run_id))
  const isReading = reports.some(({ isPending }) => isPending)
  const unread = reports.find(({ isError }) => isError)
  const lines = useMemo(
    () =>
      isReading
        ? []
        : lockDiff(
            reports.map(({ data }) => data ?? null),
            baseline,
          ),
    [isReading, reports, baseline],
  )
  const causes = causesOf(runs, lines, baseline)
  const params = comparedParams(runs)
  const metrics = comparedMetrics(runs)
  const shownParams = params.filter(({ differs }) => differs || !onlyDifferences)
  const shownMetrics = metrics.filter(({ differs }) => differs || !onlyDifferences)
  const best = bestValues(
    runs,
    metrics.map(({ key }) => key),
  )
  return (
    <div className="wm-card wm-scroll" style={{ maxHeight: '80vh' }}>
      <table className="wm-compare" aria-label="Comparison">
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
          <SectionHead
            title="Params"
            words={`${shownParams.length} of ${params.length}`}
            span={runs.length}
            empty={shownParams.length === 0 ? 'no difference' : undefined}
          />
          {shownParams.map(({ key, values }) => (
            <Line key={key} title={key} differs={values.map((value) => value !== values[baseline])}>
              {values.map((value, at) => (
                <span key={runs[at]?.info.run_id} className="wm-mono">
                  {value ?? <span className="wm-dim">–</span>}
                </span>
              ))}
            </Line>
          ))}
          <SectionHead
            title="Metrics"
            words={`${shownMetrics.length} of ${metrics.length}`}
            span={runs.length}
            empty={shownMetrics.length === 0 ? 'no difference' : undefined}
          />
          {shownMetrics.map(({ key, values }) => (
            <Line key={key} title={key}>
              {values.map((value, at) =>
                value === undefined ? (
                  <span key={runs[at]?.info.run_id} className="wm-dim">
                    –
                  </span>
                ) : (
                  <span key={runs[at]?.info.run_id}>
                    <Num
                      value={value}
                      best={best.get(key) === value && runs.some((run, i) => i === at && isUnderWayOrDone(run))}
                    />
                    {at !== baseline && (
                      <Delta value={value} base={values[baseline]} direction={betterDirection(key)} />
                    )}
                  </span>
                ),
              )}
            </Line>
          ))}
          <LockSection
            lines={lines}
            runs={runs}
            baseline={baseline}
            onlyDifferences={onlyDifferences}
            isReading={isReading}
          />
          {unread && (
            <Line title="Pipeline record">
              {reports.map((each, at) => (
                <span key={runs[at]?.info.run_id}>{each.isError ? wordsOf(each.error) : 'read'}</span>
              ))}
            </Line>
          )}
        </tbody>
      </table>
      <div className="wm-card__body wm-dim">
        Against the baseline
        {onlyDifferences &&
          `, differences only: ${counted(params.length - shownParams.length, 'param')} and ${counted(metrics.length - shownMetrics.length, 'metric')} are the same`}
        .
      </div>
    </div>
  )
}
