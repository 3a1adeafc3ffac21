import { ReproStage } from '@waymark/contract/repro-report'
import { expect, test } from 'vitest'
import { changedParams } from './changed-params.ts'

const stage = (reasons: object[]) =>
  ReproStage.parse({
    name: 'training',
    cmd: 'node x',
    state: 'ran',
    reasons,
    seconds: 1,
    exit_code: 0,
    needs: [],
    deps: [],
    outs: [],
    params: {},
  })

test('the params that made a stage run come with what they were before', () => {
  const changed = changedParams([
    stage([
      {
        kind: 'param',
        path: 'config.yaml',
        key: 'training.epochs',
        change: 'modified',
        old: '20',
        new: '40',
        text: '',
      },
      { kind: 'param', path: 'config.yaml', key: 'training.optimizer', old: '"adam"', new: '"sgd"', text: '' },
      { kind: 'dep', path: 'data/raw', old: 'aa', new: 'bb', text: '' },
    ]),
  ])
  expect([...changed]).toEqual([
    ['training.epochs', { old: '20' }],
    ['training.optimizer', { old: 'adam' }],
  ])
})
