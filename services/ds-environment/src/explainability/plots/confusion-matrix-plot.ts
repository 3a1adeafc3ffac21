import type { Plot } from '../plot.ts'
import { largest, schema, subtitle, titled } from './marks.ts'

/** More are no table that can be read. */
const mostCells = 30

/** Counts of actual against predicted classes, of many those with the most rows; the colour is the share of the actual class. */
export function confusionMatrixPlot(
  counts: readonly (readonly number[])[],
  words: { classes: readonly string[]; target: string },
): Plot {
  const totals = counts.map((line, index) => ({ index, total: line.reduce((sum, count) => sum + count, 0) }))
  const { shown, note } = largest(totals, ({ total }) => total, { most: mostCells, noun: 'classes' })
  const kept = shown.toSorted((a, b) => a.index - b.index)
  const name = (index: number) => words.classes[index] ?? ''
  const values = kept.flatMap(({ index: actual, total }) =>
    kept.map(({ index: predicted }) => {
      const count = counts[actual]?.[predicted] ?? 0
      return { actual: name(actual), predicted: name(predicted), count, share: total > 0 ? count / total : 0 }
    }),
  )
  const rows = totals.reduce((sum, { total }) => sum + total, 0)
  const right = counts.reduce((sum, line, index) => sum + (line[index] ?? 0), 0)
  const axis = { type: 'nominal', sort: kept.map(({ index }) => name(index)) } as const
  const few = kept.length <= 12
  return {
    name: 'confusion_matrix',
    spec: {
      $schema: schema,
      title: {
        text: `Confusion matrix of ${titled(words.target)}`,
        subtitle: subtitle(`${right} of ${rows} test rows right`, 'colour: share of the actual class', note),
      },
      width: { step: few ? 64 : 24 },
      height: { step: few ? 44 : 24 },
      data: { values },
      encoding: {
        x: {
          field: 'predicted',
          ...axis,
          title: 'predicted',
          axis: { labelAngle: few ? 0 : -90, orient: 'top', domain: false, ticks: false },
        },
        y: { field: 'actual', ...axis, title: 'actual', axis: { domain: false, ticks: false } },
      },
      layer: [
        {
          mark: { type: 'rect', stroke: 'white', strokeWidth: 2 },
          encoding: {
            color: {
              field: 'share',
              type: 'quantitative',
              scale: { domain: [0, 1], range: ['#f1f5f4', '#0f766e'] },
              legend: { title: 'share', format: '.0%' },
            },
          },
        },
        {
          mark: { type: 'text', fontSize: few ? 12 : 8 },
          encoding: {
            text: { field: 'count', type: 'quantitative', format: ',' },
            color: { condition: { test: 'datum.share > 0.5', value: 'white' }, value: '#333' },
          },
        },
      ],
    },
  }
}
