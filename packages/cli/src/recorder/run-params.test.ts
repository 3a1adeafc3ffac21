import { expect, test } from 'vitest'
import { runParams } from './run-params.ts'

test('params of all stages become one param per leaf, lists as JSON, once where two stages share a section', () => {
  const data = { split: { validation: 0.15, seed: 1 }, drop: [], kinds: {}, source: 'data.csv', dates: null }
  const stages = [
    { params: { 'config.yaml': { data } } },
    { params: { 'config.yaml': { data, 'training.hidden': [[32, 32]], 'training.shuffle': true } } },
  ]
  expect(runParams(stages)).toEqual({
    params: {
      'data.split.validation': '0.15',
      'data.split.seed': '1',
      'data.drop': '[]',
      'data.kinds': '{}',
      'data.source': 'data.csv',
      'data.dates': 'null',
      'training.hidden': '[[32,32]]',
      'training.shuffle': 'true',
    },
    long: {},
  })
})

test('a key that two files have gets the name of its file, and only that key', () => {
  const stages = [{ params: { 'params.yaml': { lr: 0.1, seed: 1 }, 'other/params.yaml': { lr: 0.2 } } }]
  expect(runParams(stages).params).toEqual({ 'params.yaml:lr': '0.1', 'other/params.yaml:lr': '0.2', seed: '1' })
})

test('a value over 6,000 characters is logged as its hash and kept whole', () => {
  const words = 'x'.repeat(6001)
  const { params, long } = runParams([{ params: { 'config.yaml': { words, fits: 'y'.repeat(6000) } } }])
  expect(params['words']).toMatch(/^sha256:[0-9a-f]{64} \(params\/words\.json\)$/)
  expect(params['fits']).toHaveLength(6000)
  expect(long).toEqual({ 'params/words.json': words })
})
