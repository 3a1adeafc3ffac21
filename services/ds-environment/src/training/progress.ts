import type { LineOutput } from '../stage.ts'

/** How far a long job is: a bar on a terminal, nothing but lines elsewhere. */
export interface Progress extends Disposable {
  advance(units: number): void
  /** More to do than was known. */
  extend(units: number): void
  /** A line of its own, above the bar. */
  line(words: string): void
}

/** WAYMARK_PROGRESS=1 draws the bar also into a pipe, for a program that passes it on to its own terminal. */
export function showProgress(
  out: LineOutput,
  env: Readonly<Record<string, string | undefined>>,
  { label, total }: { label: string; total: number },
): Progress {
  const drawn = out.isTTY === true || env['WAYMARK_PROGRESS'] === '1'
  const width = Math.max(10, Math.min(40, (out.columns ?? (Number(env['COLUMNS']) || 80)) - label.length - 24))
  let done = 0
  let all = total
  const draw = () => {
    if (!drawn) return
    const filled = Math.round((done / all) * width)
    out.write(`\r${label}  ${'█'.repeat(filled)}${'░'.repeat(width - filled)}  ${done}/${all} epochs\u001b[K\r`)
  }
  const wipe = () => drawn && out.write('\r\u001b[K')
  draw()
  return {
    advance(units) {
      done += units
      draw()
    },
    extend(units) {
      all += units
      draw()
    },
    line(words) {
      wipe()
      out.write(`${words}\n`)
      draw()
    },
    [Symbol.dispose]: wipe,
  }
}
