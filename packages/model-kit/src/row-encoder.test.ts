import { expect, test } from 'vitest'
import type { Row } from './model.ts'
import { EncodingError, encodeRows, featureGroups, fitEncoding, inputColumns, RowEncoding } from './row-encoder.ts'

const kinds = { size: 'numeric', city: 'categorical', member: 'boolean' } as const
const rows: Row[] = [
  { size: 1, city: 'Oslo', member: true },
  { size: 3, city: 'Bern', member: false },
  { size: 5, city: 'Bern', member: true },
]
const encoding = fitEncoding(rows, kinds, { maxCategories: 50 })

test('numbers are standardised, categories one-hot in alphabetical order, booleans 0 or 1', () => {
  expect(featureGroups(encoding)).toEqual([
    { feature: 'size', from: 0, width: 1 },
    { feature: 'city', from: 1, width: 2 },
    { feature: 'member', from: 3, width: 1 },
  ])
  const deviation = Math.sqrt(8 / 3)
  expect([...encodeRows(encoding, rows.slice(0, 2))]).toEqual(
    [-2 / deviation, 0, 1, 1, 0, 1, 0, 0].map((value) => Math.fround(value)),
  )
})

test('a missing value is imputed with the median or the most frequent value of training', () => {
  const [size, bern, oslo, member] = encodeRows(encoding, [{ size: null, city: null }])
  expect([size, bern, oslo, member]).toEqual([0, 1, 0, 1])
})

test('a column may have the name of something that every object has', () => {
  const named = fitEncoding(
    [{ constructor: 'Lotus', valueOf: 1 }, { constructor: 'Lotus', valueOf: 3 }, { constructor: 'Brabham' }],
    { constructor: 'categorical', valueOf: 'numeric' } as const,
    { maxCategories: 1 },
  )
  const [lotus, other, number] = encodeRows(named, [{}])
  expect([lotus, other, number]).toEqual([1, 0, 0])
})

test('above the limit rare categories are other, and so are unseen ones', () => {
  const many = ['a', 'a', 'b', 'b', 'c'].map((city) => ({ city }))
  const some = fitEncoding(many, { city: 'categorical' }, { maxCategories: 2 })
  expect(some.features[0]).toMatchObject({ categories: ['a', 'b'], hasOther: true })
  expect([...encodeRows(some, [{ city: 'c' }, { city: 'new' }, { city: 'b' }])]).toEqual([0, 0, 1, 0, 0, 1, 0, 1, 0])
})

test('an unseen category is all zeros where training saw no rare one', () => {
  expect([...encodeRows(encoding, [{ size: 3, city: 'Rome', member: false }])]).toEqual([0, 0, 0, 0])
})

test('a column is required where training never missed its value', () => {
  const gappy = fitEncoding([...rows, { size: null, city: 'Oslo', member: true }], kinds, { maxCategories: 50 })
  expect(inputColumns(gappy)).toEqual([
    { name: 'size', type: 'double', required: false },
    { name: 'city', type: 'string', required: true },
    { name: 'member', type: 'boolean', required: true },
  ])
})

test('a constant and an empty column are no division by zero', () => {
  const flat = fitEncoding(
    [
      { a: 7, b: null },
      { a: 7, b: null },
    ],
    { a: 'numeric', b: 'numeric' },
    { maxCategories: 1 },
  )
  expect([...encodeRows(flat, [{ a: 8, b: 2 }])]).toEqual([1, 2])
})

test('a column of one fraction has no spread, however its sum is rounded', () => {
  const tenths = Array.from({ length: 30 }, () => ({ a: 0.1 }))
  const flat = fitEncoding(tenths, { a: 'numeric' }, { maxCategories: 1 })
  expect([...encodeRows(flat, [{ a: 0.1 }, { a: 1.1 }])]).toEqual([0, 1])
})

test('a number far outside of what was seen stays a number', () => {
  expect([...encodeRows(encoding, [{ size: 1e308 }, { size: -1e308 }])].filter(Number.isFinite)).toHaveLength(8)
})

test('a value of another kind is refused with its row and column', () => {
  expect(() => encodeRows(encoding, [rows[0] as Row, { size: 'big' }])).toThrow(
    new EncodingError('size', 1, 'a number', 'big'),
  )
  expect(() => encodeRows(encoding, [{ member: 2 }])).toThrow('column "member": expected true or false, found 2')
})

test('the encoding that was written encodes as the one that was fitted', () => {
  const read = RowEncoding.parse(JSON.parse(JSON.stringify(encoding)))
  expect(encodeRows(read, rows)).toEqual(encodeRows(encoding, rows))
})
