import { fullNumber, shortNumber } from './format.ts'

/** A number in four significant digits; hover shows, and selecting it copies, the whole value. */
export function Num({ value, best = false }: { value: number; best?: boolean }) {
  return (
    <span
      className={best ? 'wm-num wm-best' : 'wm-num'}
      title={best ? `${fullNumber(value)} (best of the runs shown)` : fullNumber(value)}
      onCopy={(event) => {
        event.clipboardData.setData('text/plain', fullNumber(value))
        event.preventDefault()
      }}
    >
      {best && (
        <span role="img" aria-label="best" className="wm-best__mark">
          ★
        </span>
      )}
      {shortNumber(value)}
    </span>
  )
}
