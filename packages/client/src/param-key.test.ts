import { expect, test } from 'vitest'
import { paramKey } from './param-key.ts'

test.each([
  ['training.epochs', 'training.epochs'],
  ['größe', 'größe'],
  ['a@b', 'a:40b'],
  ['100%', '100:25'],
  ['€', ':E2:82:AC'],
  ['a//b', 'a/:2Fb'],
  ['/a/', ':2Fa:2F'],
  ['../a', ':2E:2E/a'],
  ['a/./b', 'a/:2E/b'],
  ['.', ':2E'],
])('the key %s is logged as %s', (key, logged) => {
  expect(paramKey(key)).toBe(logged)
})

test('two keys that differ only beyond 250 characters stay two', () => {
  const [one, two] = [paramKey(`${'k'.repeat(300)}1`), paramKey(`${'k'.repeat(300)}2`)]
  expect(one).toHaveLength(250)
  expect(one).not.toBe(two)
})
