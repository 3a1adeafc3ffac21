import { expect, test } from 'vitest'
import { csvField, parseCsv } from './csv.ts'

test('quoted fields hold separators, quotes and line ends; each record knows its line', () => {
  const csv = parseCsv('a,b\n1,"x, ""y""\nz"\n3,4\n')
  expect(csv).toMatchObject({ header: ['a', 'b'], headerLine: 1, faults: [] })
  expect(csv.records).toEqual([
    { line: 2, fields: ['1', 'x, "y"\nz'] },
    { line: 4, fields: ['3', '4'] },
  ])
})

test('CR LF, a BOM, another separator, empty lines and a missing last line end are all read', () => {
  const csv = parseCsv('\uFEFFa;b\r\n\r\n1;"2"\r\n3;4', { separator: ';' })
  expect(csv.header).toEqual(['a', 'b'])
  expect(csv.records).toEqual([
    { line: 3, fields: ['1', '2'] },
    { line: 4, fields: ['3', '4'] },
  ])
})

test('CR alone ends a line where the text has no LF', () => {
  expect(parseCsv('a,b\r1,2\r').records).toEqual([{ line: 2, fields: ['1', '2'] }])
})

test('a quote in the middle of a field is a character', () => {
  expect(parseCsv('size,b\n5" pipe,"6"\n').records).toEqual([{ line: 2, fields: ['5" pipe', '6'] }])
})

test.each([
  ['is never closed', '"x,3', 'a quote is opened and never closed'],
  ['is followed by more', '"x"y,3', 'field 1 goes on after its closing quote'],
])('a quote that %s costs its own line, and is told with it', (_what, line, words) => {
  const csv = parseCsv(`a,b\n1,2\n${line}\n5,6\n`)
  expect(csv.records.map((record) => record.line)).toEqual([2, 4])
  expect(csv.faults).toEqual([{ line: 3, words }])
})

test('an empty text has no header', () => {
  expect(parseCsv('')).toMatchObject({ header: [], records: [], faults: [] })
})

test('a field that is written is read as it was', () => {
  const fields = ['plain', 'a,b', 'say "hi"', 'two\nlines', '', ' space ']
  expect(parseCsv(`a\n${fields.map((field) => csvField(field)).join(',')}\n`).records[0]?.fields).toEqual(fields)
})
