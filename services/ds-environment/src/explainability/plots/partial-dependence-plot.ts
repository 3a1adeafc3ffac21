import type { PartialDependence } from '../partial-dependence.ts'
import type { Plot } from '../plot.ts'
import { accent, classColours, fileSafe, largest, mostClasses, schema, subtitle, titled } from './marks.ts'

/** Lines over a number, points over categories; one colour per output. */
export function partialDependencePlot(
  found: PartialDependence,
  words: {
    outputs: readonly string[]
    target: string
    rows: number
    /** What the axis of a regression spans: the same for all features, so that a small dependence looks small. */
    span?: readonly [number, number]
  },
): Plot {
  const single = words.outputs.length === 1
  const span = (index: number) => {
    const line = found.mean.map((scores) => scores[index] ?? 0)
    return Math.max(...line) - Math.min(...line)
  }
  const all = words.outputs.map((output, index) => ({ output, index }))
  const { shown, note } = largest(all, ({ index }) => span(index), { most: mostClasses, noun: 'classes' })
  const classes = shown.toSorted((a, b) => a.index - b.index)
  const values = found.grid.flatMap((value, at) =>
    classes.map(({ output, index }) => ({
      value: found.kind === 'numeric' ? value : String(value),
      output,
      score: found.mean[at]?.[index] ?? 0,
    })),
  )
  const left = found.leftOut > 0 ? `${found.grid.length} of ${found.grid.length + found.leftOut} values shown` : ''
  return {
    name: `partial_dependence_${fileSafe(found.feature)}`,
    spec: {
      $schema: schema,
      title: {
        text: `Partial dependence on ${titled(found.feature)}`,
        subtitle: subtitle(`mean over ${words.rows} test rows`, left, note),
      },
      width:
        found.kind === 'numeric'
          ? 420
          : { step: stepOf(found.grid.length, single ? 1 : classes.length), for: 'position' },
      height: 220,
      data: { values },
      mark: markOf(found.kind, single),
      encoding: {
        x:
          found.kind === 'numeric'
            ? {
                field: 'value',
                type: 'quantitative',
                title: titled(found.feature),
                scale: { zero: false, nice: false },
              }
            : {
                field: 'value',
                type: 'nominal',
                title: titled(found.feature),
                sort: found.grid.map(String),
                axis: { labelAngle: found.grid.some((value) => String(value).length > 6) ? -45 : 0 },
              },
        y: single
          ? {
              field: 'score',
              type: 'quantitative',
              title: `mean ${titled(words.target)}`,
              scale: { zero: false, nice: true, ...(words.span ? { domain: [...words.span] } : {}) },
            }
          : { field: 'score', type: 'quantitative', title: 'mean probability', scale: { domain: [0, 1] } },
        ...(single
          ? {}
          : {
              ...(found.kind === 'categorical'
                ? { xOffset: { field: 'output', type: 'nominal', sort: classes.map(({ output }) => output) } }
                : {}),
              color: {
                field: 'output',
                type: 'nominal',
                title: words.target,
                scale: { domain: classes.map(({ output }) => output), range: classColours },
              },
            }),
      },
    },
  }
}

/** Pixels of one value on the axis: room for a label, or for the bars of the classes, in a picture that fits a page. */
function stepOf(values: number, classes: number): number {
  const wanted = classes === 1 ? 36 : 14 * classes
  return Math.max(16, 4 * classes, Math.min(wanted, Math.floor(800 / values)))
}

function markOf(kind: PartialDependence['kind'], single: boolean) {
  const colour = single ? { color: accent } : {}
  if (kind === 'numeric') return { type: 'line', point: { size: 18, ...colour }, ...colour } as const
  // Probabilities stand on 0; a value in the target's unit need not.
  return single
    ? ({ type: 'point', filled: true, size: 70, opacity: 1, ...colour } as const)
    : ({ type: 'bar' } as const)
}
