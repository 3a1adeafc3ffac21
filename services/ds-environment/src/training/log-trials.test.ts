import type { ActiveRun } from '@waymark/client/active-run'
import { expect, test } from 'vitest'
import { logTrials } from './log-trials.ts'

test('news of a trial that come after its result make no second child run', async () => {
  const started: string[] = []
  // Of a run, only what the log of the trials uses.
  const child = { logParams() {}, logMetrics() {}, async end() {} } as unknown as ActiveRun
  const run = {
    async startChild({ runName }: { runName: string }) {
      started.push(runName)
      return child
    },
  } as unknown as ActiveRun
  const plan = { index: 0, name: 'trial-1-majority', family: 'majority', params: {}, epochs: 1 }
  const points = [{ key: 'loss', step: 0, value: 1 }]
  {
    await using log = logTrials(run, () => {})
    log.onEnd({ plan, history: points, files: {} })
    log.onNews({ plan, points })
  }
  expect(started).toEqual(['trial-1-majority'])
})
