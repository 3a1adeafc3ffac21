import type { Run } from '@waymark/contract/runs'
import { betterDirection } from '../../ui/metric-direction.ts'
import { Num } from '../../ui/numbers.tsx'
import { bestValues, isUnderWayOrDone } from '../../ui/run-table/columns.ts'
import { Delta } from './delta.tsx'
import { comparedMetrics } from './differences.ts'
import { Line, Section } from './section.tsx'

interface MetricSectionProps {
  readonly runs: readonly Run[]
  readonly baseline: number
  readonly onlyDifferences: boolean
}

/** The latest metrics side by side, with the difference from the baseline and the best of each marked. */
export function MetricSection({ runs, baseline, onlyDifferences }: MetricSectionProps) {
  const metrics = comparedMetrics(runs)
  const shown = metrics.filter(({ differs }) => differs || !onlyDifferences)
  const best = bestValues(
    runs,
    metrics.map(({ key }) => key),
  )
  return (
    <Section title="Metrics" lines={shown} total={metrics.length} runs={runs.length}>
      {({ key, values }) => (
        <Line key={key} title={key}>
          {runs.map((run, at) => (
            <MetricCell
              key={run.info.run_id}
              value={values[at]}
              base={at === baseline ? undefined : values[baseline]}
              direction={betterDirection(key)}
              isBaseline={at === baseline}
              isBest={best.get(key) === values[at] && isUnderWayOrDone(run)}
            />
          ))}
        </Line>
      )}
    </Section>
  )
}

interface MetricCellProps {
  readonly value: number | undefined
  readonly base: number | undefined
  readonly direction: 1 | -1 | undefined
  readonly isBest: boolean
  readonly isBaseline: boolean
}

function MetricCell({ value, base, direction, isBest, isBaseline }: MetricCellProps) {
  return (
    <div className="wm-compare__number">
      {value === undefined ? <span className="wm-dim">–</span> : <Num value={value} best={isBest} />}
      {!isBaseline && (
        <span className="wm-compare__delta">
          {value !== undefined && <Delta value={value} base={base} direction={direction} />}
        </span>
      )}
    </div>
  )
}
