import { expect, test } from 'vitest'
import { saySeconds, sayStage } from './say-stage.ts'

test.each([
  [0.04, '0.0 s'],
  [0.24, '0.2 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [41.4, '41 s'],
  [119.4, '119 s'],
  [185, '3 min 05 s'],
])('%d seconds are said as %s', (seconds, words) => {
  expect(saySeconds(seconds)).toBe(words)
})

test('a stage that failed says why it ran, or that it did not come to that', () => {
  const failed = {
    ...{ name: 'train', cmd: 'x', state: 'failed' as const, reasons: [{ kind: 'never ran' as const }], seconds: 1 },
    ...{ needs: [], deps: [], outs: [], params: {} },
  }
  expect(sayStage({ ...failed, began: true })).toBe('train  failed (it ran, because it never ran before)   1.0 s')
  expect(sayStage(failed)).toBe('train  failed before it ran   1.0 s')
})
