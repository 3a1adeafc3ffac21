import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CellError, numberIn, readTable, tableText, truthIn } from './table.ts'

test('a table that was written is read as it was, to the last bit and with its gaps', async () => {
  const kinds = { size: 'numeric', zip: 'categorical', 'is, new': 'boolean' } as const
  const rows = [
    { size: 0.1 + 0.2, zip: '01234', 'is, new': true },
    { size: null, zip: 'a "b"', 'is, new': null },
    { size: -1e-7, zip: null, 'is, new': false },
  ]
  await using file = await csvFile(tableText({ columns: Object.keys(kinds), rows }))
  expect((await readTable(file.path, kinds)).rows).toEqual(rows)
})

test('a row whose only value is missing is kept', async () => {
  await using file = await csvFile(tableText({ columns: ['a'], rows: [{ a: 1 }, { a: null }, { a: 2 }] }))
  expect((await readTable(file.path, { a: 'numeric' })).rows).toEqual([{ a: 1 }, { a: null }, { a: 2 }])
})

test('a cell of another kind is refused with file, line and column', async () => {
  await using file = await csvFile('a\n1\nfast\n')
  await expect(readTable(file.path, { a: 'numeric' })).rejects.toThrow(
    new CellError(`${file.path}:3 a: expected a number, found "fast"`),
  )
})

test.each([
  ['1.5', 1.5],
  [' -2 ', -2],
  ['1e3', 1000],
  ['.5', 0.5],
  ['', undefined],
  ['0x10', undefined],
  ['1e999', undefined],
  ['12px', undefined],
  ['Infinity', undefined],
])('the number in %o is %o', (text, number) => {
  expect(numberIn(text)).toBe(number)
})

test('true, false, yes and no in any case are truth values, and 1 is none', () => {
  expect(['True', 'NO', 'yes', 'false', '1'].map(truthIn)).toEqual([true, false, true, false, undefined])
})

async function csvFile(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'table-'))
  const path = join(folder, 'table.csv')
  await writeFile(path, text)
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}
