import { expect, test } from 'vitest'
import { type LineOptions, type MetricLine, metricLines } from './metric-lines.ts'

const plain: LineOptions = { x: 'step', smoothing: 0, logY: false }

function line(id: string, values: number[], { everyStep = 1, from = 1_000_000 } = {}): MetricLine {
  return {
    id,
    label: id,
    points: values.map((value, i) => ({ step: i * everyStep, timestamp: from + i * 500, value })),
  }
}

test('lines of different steps stand on one axis, and neither is broken by the steps of the other', () => {
  const columns = metricLines([line('a', [1, 2, 3]), line('b', [5, 6], { everyStep: 2 })], plain)
  expect(columns.xs).toEqual([0, 1, 2])
  expect(columns.raw).toEqual([
    [1, 2, 3],
    [5, undefined, 6],
  ])
})

test('relative time starts at nought for each line, wall time does not', () => {
  const lines = [line('a', [1, 2]), line('b', [3, 4], { from: 9_000_000 })]
  expect(metricLines(lines, { ...plain, x: 'relative' }).xs).toEqual([0, 0.5])
  expect(metricLines(lines, { ...plain, x: 'time' }).xs).toEqual([1000, 1000.5, 9000, 9000.5])
})

test('NaN and infinity leave a gap, are marked and are told', () => {
  const columns = metricLines([line('a', [1, Number.NaN, Number.MAX_VALUE, 2])], plain)
  expect(columns.raw[0]).toEqual([1, null, null, 2])
  expect(columns.markers.map(({ x, what }) => [x, what])).toEqual([
    [1, 'NaN'],
    [2, '∞'],
  ])
  expect(columns.notes).toEqual(['1 × NaN, 1 × ∞, marked on the edge'])
})

test('a logarithmic axis says which values it cannot show', () => {
  const columns = metricLines([line('a', [0, 10])], { ...plain, logY: true })
  expect(columns.raw[0]).toEqual([null, 10])
  expect(columns.notes).toEqual(['1 × ≤ 0, marked on the edge'])
})

test('points that share a step are told, points logged out of order are put in order', () => {
  const at = (step: number, timestamp: number, value: number) => ({ step, timestamp, value })
  const columns = metricLines([{ id: 'a', label: 'a', points: [at(2, 1, 20), at(1, 2, 10), at(1, 3, 11)] }], plain)
  expect(columns.xs).toEqual([1, 2])
  expect(columns.raw[0]).toEqual([11, 20])
  expect(columns.notes).toEqual(['1 points share a step, the last of them is drawn'])
})

test('a single-point peak among a hundred thousand is in the columns', () => {
  const values = Array.from({ length: 100_000 }, (_, i) => (i === 77_777 ? 99 : 0))
  expect(metricLines([line('a', values)], plain).raw[0]?.[77_777]).toBe(99)
})

test('the smoothed line comes beside the logged one', () => {
  const columns = metricLines([line('a', [0, 1])], { ...plain, smoothing: 0.5 })
  expect(columns.raw[0]).toEqual([0, 1])
  expect(columns.smoothed[0]?.[1]).toBeCloseTo(2 / 3)
})
