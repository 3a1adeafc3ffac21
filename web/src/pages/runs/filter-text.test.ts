import { expect, test } from 'vitest'
import { filterOf, placeOfFault } from './filter-text.ts'

test('plain words look for a name that contains them', () => {
  expect(filterOf(' repro-2026 ')).toBe("attributes.run_name ILIKE '%repro-2026%'")
  expect(filterOf('a_b')).toBe("attributes.run_name ILIKE '%a\\_b%'")
})

test.each(["metrics.acc > 0.9 and params.opt = 'adam'", 'tags.x IS NULL', 'NOT (params.a LIKE "b%")'])(
  'a filter stays as it was written: %s',
  (text) => {
    expect(filterOf(text)).toBe(text)
  },
)

test('a refused filter tells where its fault is, if what the server quotes stands there once', () => {
  const words = "Invalid clause(s) in filter string: 'andd'"
  expect(placeOfFault('metrics.loss > 1 andd metrics.x > 2', words)).toBe(' (at character 18)')
  expect(placeOfFault('andd andd', words)).toBe('')
  expect(placeOfFault('metrics.loss > 1', "Invalid clause(s) in filter string: ''")).toBe('')
})

test('nothing is no filter', () => {
  expect(filterOf('  ')).toBe('')
})
