import { expect, test } from 'vitest'
import { paramLeaves } from './param-leaves.ts'

test('a section of a params file is told leaf by leaf, lists and empty sections whole', () => {
  expect(
    paramLeaves({ training: { epochs: 3, models: { majority: {}, mlp: { hidden: [[32], [64]] } } }, seed: null }),
  ).toEqual([
    { key: 'training.epochs', text: '3' },
    { key: 'training.models.majority', text: '{}' },
    { key: 'training.models.mlp.hidden', text: '[[32],[64]]' },
    { key: 'seed', text: 'null' },
  ])
})
