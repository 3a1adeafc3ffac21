import { expect, test } from 'vitest'
import { joinList, splitList, withItems } from './url-state.ts'

test('a list in the address comes back as it was, whatever its items are', () => {
  const items = ['metrics.acc', 'params.a,b', 'tags.c\\d', 'ü & =', '']
  expect(splitList(joinList(items))).toEqual(items)
  expect(splitList(joinList([]))).toEqual([])
  expect(splitList(null)).toEqual([])
})

test('items are put into a list once, and taken out', () => {
  expect(withItems('a,b', ['b', 'c'], true)).toBe('a,b,c')
  expect(withItems('a,b,c', ['a', 'c'], false)).toBe('b')
  expect(withItems(null, ['a'], true)).toBe('a')
})
