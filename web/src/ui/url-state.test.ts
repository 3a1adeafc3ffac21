import { expect, test } from 'vitest'
import { joinList, splitList } from './url-state.ts'

test('a list in the address comes back as it was, whatever its items are', () => {
  const items = ['metrics.acc', 'params.a,b', 'tags.c\\d', 'ü & =', '']
  expect(splitList(joinList(items))).toEqual(items)
  expect(splitList(joinList([]))).toEqual([])
  expect(splitList(null)).toEqual([])
})
