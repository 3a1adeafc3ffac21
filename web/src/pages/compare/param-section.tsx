import type { Run } from '@waymark/contract/runs'
import { comparedParams } from './differences.ts'
import { Line, Section } from './section.tsx'

interface ParamSectionProps {
  readonly runs: readonly Run[]
  readonly baseline: number
  readonly onlyDifferences: boolean
}

/** The params side by side; what is not as in the baseline is marked. */
export function ParamSection({ runs, baseline, onlyDifferences }: ParamSectionProps) {
  const params = comparedParams(runs)
  const shown = params.filter(({ differs }) => differs || !onlyDifferences)
  return (
    <Section title="Params" lines={shown} total={params.length} runs={runs.length}>
      {({ key, values }) => (
        <Line key={key} title={key} differs={values.map((value) => value !== values[baseline])}>
          {values.map((value, at) => (
            <span key={runs[at]?.info.run_id} className="wm-mono">
              {value ?? <span className="wm-dim">–</span>}
            </span>
          ))}
        </Line>
      )}
    </Section>
  )
}
