import { expect, test } from 'vitest'
import { parseCsv } from './csv.ts'

test('fields in quotes keep their commas, quotes and line breaks', () => {
  expect(parseCsv('a,b\r\n"1, ""x""","two\nlines"\n')).toEqual([
    ['a', 'b'],
    ['1, "x"', 'two\nlines'],
  ])
})

test('a last line without an end, an empty field and a byte order mark are all fine', () => {
  expect(parseCsv('\ufeffa,b\n1,')).toEqual([
    ['a', 'b'],
    ['1', ''],
  ])
  expect(parseCsv('a\tb', '\t')).toEqual([['a', 'b']])
})
