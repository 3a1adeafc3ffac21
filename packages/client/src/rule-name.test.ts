import { expect, test } from 'vitest'
import { ruleName } from './rule-name.ts'

const parts = {
  family: 'mlp',
  params: { hidden: [64, 64], batch_size: 256 },
  trainHash: '1f3870be274f',
  features: ['a', 'b'],
}

test('a model is named by type, params, training data and features, fit for a file name', () => {
  expect(ruleName(parts)).toBe('mlp-batch_size_256_hidden_64x64-1f3870be-8cdeb444')
  expect(ruleName({ ...parts, params: {} })).toBe('mlp-default-1f3870be-8cdeb444')
  expect(ruleName({ ...parts, family: 'a/b c' })).toMatch(/^a_b_c-/)
})

test('the order of params is no difference, the order of features is one', () => {
  expect(ruleName({ ...parts, params: { batch_size: 256, hidden: [64, 64] } })).toBe(ruleName(parts))
  expect(ruleName({ ...parts, features: ['b', 'a'] })).not.toBe(ruleName(parts))
})

test('many params are hashed, so that the name stays short', () => {
  const params = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`param_${i}`, i]))
  expect(ruleName({ ...parts, params })).toMatch(/^mlp-[0-9a-f]{8}-1f3870be-/)
})
