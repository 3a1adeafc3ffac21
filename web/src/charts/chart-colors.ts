import { runColorIndex } from '../ui/run-color.ts'

/** The page's colours as a canvas takes them. */
export interface ChartColors {
  readonly text: string
  readonly dim: string
  readonly line: string
  readonly surface: string
  run(runId: string): string
}

/** Reads the tokens of theme.css as they are now; a chart is drawn anew when the colour scheme changes. */
export function chartColors(): ChartColors {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(name).trim()
  return {
    text: token('--wm-text'),
    dim: token('--wm-dim'),
    line: token('--wm-line'),
    surface: token('--wm-surface'),
    run: (runId) => token(`--wm-run-${runColorIndex(runId)}`),
  }
}

/** @returns a colour of the form #rrggbb with an opacity (0–1) on it. */
export function faded(color: string, opacity: number): string {
  const alpha = Math.round(opacity * 255)
    .toString(16)
    .padStart(2, '0')
  return /^#[\da-f]{6}$/i.test(color) ? `${color}${alpha}` : color
}
