import { delta, fullNumber } from '../../ui/format.ts'

interface DeltaProps {
  readonly value: number
  readonly base: number | undefined
  /** +1 where more is better, −1 where less is; undefined where nobody knows. */
  readonly direction: 1 | -1 | undefined
}

/** A metric's difference from the baseline, with its sign; green and red only where better is known. */
export function Delta({ value, base, direction }: DeltaProps) {
  if (base === undefined || !Number.isFinite(value) || !Number.isFinite(base)) return null
  const difference = value - base
  const good = direction === undefined || difference === 0 ? undefined : difference * direction > 0 ? 'yes' : 'no'
  return (
    <span className="wm-num" data-good={good} title={fullNumber(difference)}>
      {delta(difference)}
    </span>
  )
}
