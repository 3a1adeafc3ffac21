import type { Plot } from '../plot.ts'
import { schema, titled } from './marks.ts'

/** Counts of actual against predicted classes; the colour is the share of the actual class. */
export function confusionMatrixPlot(
  counts: readonly (readonly number[])[],
  words: { classes: readonly string[]; target: string },
): Plot {
  const values = counts.flatMap((line, actual) => {
    const total = line.reduce((sum, count) => sum + count, 0)
    return line.map((count, predicted) => ({
      actual: words.classes[actual] ?? '',
      predicted: words.classes[predicted] ?? '',
      count,
      share: total > 0 ? count / total : 0,
    }))
  })
  const rows = values.reduce((sum, { count }) => sum + count, 0)
  const right = counts.reduce((sum, line, index) => sum + (line[index] ?? 0), 0)
  const axis = { type: 'nominal', sort: [...words.classes] } as const
  const few = words.classes.length <= 12
  return {
    name: 'confusion_matrix',
    spec: {
      $schema: schema,
      title: {
        text: `Confusion matrix of ${titled(words.target)}`,
        subtitle: `${right} of ${rows} test rows right · colour: share of the actual class`,
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
