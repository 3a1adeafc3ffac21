import type uPlot from 'uplot'
import { shortNumber } from '../ui/format.ts'
import type { ChartColors } from './chart-colors.ts'
import type { LineColumns } from './metric-lines.ts'

interface TooltipInput {
  readonly lines: readonly { readonly id: string; readonly label: string }[]
  readonly colors: ChartColors
  readonly columns: () => LineColumns
  readonly isSmoothed: boolean
  readonly xWords: (x: number) => string
}

/** The most lines that one tooltip lists. */
const listed = 15

/** Values under the cursor, greatest first. Names are set as text, never as HTML. */
export function tooltip({ lines, colors, columns, isSmoothed, xWords }: TooltipInput): uPlot.Plugin {
  const tip = document.createElement('div')
  tip.className = 'wm-tip'
  tip.hidden = true
  return {
    hooks: {
      init: (plot) => {
        plot.over.append(tip)
      },
      setCursor: (plot) => {
        const { left = -1, top = -1, idx } = plot.cursor
        const x = idx == null ? undefined : columns().xs[idx]
        tip.hidden = left < 0 || idx == null || x === undefined
        if (tip.hidden || idx == null || x === undefined) return
        const { raw, smoothed } = columns()
        const shown = lines
          .map((line, i) => ({ line, value: raw[i]?.[idx], smooth: isSmoothed ? smoothed[i]?.[idx] : undefined }))
          .filter((row): row is typeof row & { value: number } => typeof row.value === 'number')
          .sort((a, b) => b.value - a.value)
        const head = element('wm-tip__x', xWords(x))
        const rows = shown.slice(0, listed).map(({ line, value, smooth }) => {
          const words =
            typeof smooth === 'number' ? `${shortNumber(value)} (${shortNumber(smooth)})` : shortNumber(value)
          return rowOf(line.label, words, colors.run(line.id))
        })
        const more = shown.length > listed ? [element('wm-tip__x', `and ${shown.length - listed} more`)] : []
        tip.replaceChildren(head, ...rows, ...more)
        place(tip, plot.over, left, top)
      },
    },
  }
}

function rowOf(label: string, value: string, color: string): HTMLElement {
  const row = element('wm-tip__row', '')
  const dot = document.createElement('i')
  dot.style.background = color
  const number = document.createElement('b')
  number.textContent = value
  row.append(dot, element('wm-tip__label', label), number)
  return row
}

function place(tip: HTMLElement, over: HTMLElement, left: number, top: number): void {
  const isRight = left > over.clientWidth / 2
  tip.style.left = isRight ? '' : `${left + 12}px`
  tip.style.right = isRight ? `${over.clientWidth - left + 12}px` : ''
  tip.style.top = `${Math.max(0, Math.min(top - 10, over.clientHeight - tip.offsetHeight))}px`
}

function element(className: string, text: string): HTMLElement {
  const made = document.createElement('div')
  made.className = className
  made.textContent = text
  return made
}
