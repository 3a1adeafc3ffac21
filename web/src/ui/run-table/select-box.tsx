interface SelectBoxProps {
  readonly label: string
  readonly isChecked: boolean
  /** Some of what it stands for is selected. */
  readonly isPartly?: boolean
  readonly onChange: () => void
}

/** The browser's own checkbox: a table has hundreds of them, and they must scroll. */
export function SelectBox({ label, isChecked, isPartly = false, onChange }: SelectBoxProps) {
  return (
    <input
      type="checkbox"
      className="wm-select"
      aria-label={label}
      checked={isChecked}
      ref={(box) => {
        if (box) box.indeterminate = isPartly
      }}
      onChange={onChange}
    />
  )
}
