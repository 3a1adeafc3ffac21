import { expect, test } from 'vitest'
import { lastLines } from './last-lines.ts'

test('the last lines are kept, wherever the pieces are cut', () => {
  expect(tail(2, 'one\ntw', 'o\nthr', 'ee\n')).toBe('two\nthree')
  expect(tail(2, 'one\ntwo\nthree\nfour')).toBe('three\nfour')
  expect(tail(3, 'a\n\n', '\n')).toBe('a\n\n')
  expect(tail(3)).toBe('')
})

test('of a progress bar what it showed last is kept, however its line ends', () => {
  expect(tail(3, 'start\n10 %\r', '20 %\r30 %', '\r', '\nend\r\n')).toBe('start\n30 %\nend')
})

test('a line that never ends keeps its end, in time that does not grow with its length', () => {
  const kept = lastLines(40)
  for (let i = 0; i < 3000; i++) kept.add('x'.repeat(10_000))
  kept.add('the end')
  expect(kept.text()).toMatch(/^x{1993}the end$/)
})

function tail(count: number, ...pieces: string[]): string {
  const kept = lastLines(count)
  for (const piece of pieces) kept.add(piece)
  return kept.text()
}
