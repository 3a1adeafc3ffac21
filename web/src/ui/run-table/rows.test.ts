import { Run } from '@waymark/contract/runs'
import { expect, test } from 'vitest'
import { type Children, tableRows } from './rows.ts'

const run = (id: string): Run =>
  Run.parse({ info: { run_id: id, experiment_id: '1', status: 'FINISHED', lifecycle_stage: 'active' } })
const loaded = (...ids: string[]): Children => ({ state: 'loaded', runs: ids.map(run) })

test('children stand right under their parent, grandchildren under theirs, whatever the order of the parents', () => {
  const tree = {
    children: new Map([
      ['b', loaded('b1', 'b2')],
      ['b1', loaded('b1x')],
    ]),
    counts: new Map([
      ['a', 3],
      ['b', 2],
      ['b1', 1],
    ]),
    open: new Set(['b', 'b1']),
  }
  const rows = tableRows([run('b'), run('a')], tree)
  expect(rows.map((row) => [row.id, row.depth])).toEqual([
    ['b', 0],
    ['b1', 1],
    ['b1x', 2],
    ['b2', 1],
    ['a', 0],
  ])
  expect(rows.at(-1)).toMatchObject({ childCount: 3, isOpen: false })
})

test('children that are loading, failed, or too many are told in a line of their own', () => {
  const lines = (children: Children, count: number) =>
    tableRows([run('a')], {
      children: new Map([['a', children]]),
      counts: new Map([['a', count]]),
      open: new Set(['a']),
    })
      .filter((row) => row.kind === 'note')
      .map(({ words }) => words)
  expect(lines({ state: 'loading' }, 1)).toEqual(['Loading the child runs …'])
  expect(lines({ state: 'failed', error: new Error('gone') }, 1)[0]).toContain('gone')
  expect(lines(loaded('x'), 5)[0]).toContain('4 more')
})
