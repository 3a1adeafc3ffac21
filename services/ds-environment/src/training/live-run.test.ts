import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ActiveRun } from '@waymark/client/active-run'
import { call } from '@waymark/client/call'
import { attachRun } from '@waymark/client/run'
import { getMetricHistory } from '@waymark/contract/metrics'
import { getRun, searchRuns } from '@waymark/contract/runs'
import { startTestServer } from '@waymark/tracking-server/test/test-server'
import { expect, test } from 'vitest'
import { classification, newProject } from '../../test/rentals-project.ts'
import { dataPrep } from '../data_prep/task.ts'
import { training } from './task.ts'

test('every trial is a child run with its params and epochs; the run has the history and the params of the winner', async () => {
  await using server = await startTestServer()
  const { info } = await server.run()
  await using project = await newProject(classification)
  await project.run(dataPrep)
  await project.run(training, { MLFLOW_TRACKING_URI: server.base, MLFLOW_RUN_ID: info.run_id })

  const { runs } = await call(server.base, searchRuns, {
    experiment_ids: [info.experiment_id],
    filter: `tags.mlflow.parentRunId = '${info.run_id}'`,
  })
  const children = (runs ?? []).map((run) => `${run.info.run_name} ${run.info.status}`)
  const names = ['final-mlp', 'trial-1-majority', 'trial-2-logistic', 'trial-3-mlp', 'trial-4-mlp']
  expect(children.sort()).toEqual(names.map((name) => `${name} FINISHED`))
  const final = runs?.find((run) => run.info.run_name === 'final-mlp')
  expect(final?.data.params).toContainEqual({ key: 'hidden', value: '[8]' })
  expect(await steps(server.base, final?.info.run_id, 'loss')).toEqual([0, 1, 2, 3, 4, 5])

  const { run } = await call(server.base, getRun, { run_id: info.run_id })
  const best = Object.fromEntries((run.data.params ?? []).map(({ key, value }) => [key, value]))
  const trials = await project.json('reports/training/trials.json')
  expect(trials.some(({ params }: { params: { family: string } }) => params.family === best['best.family'])).toBe(true)
  expect(await steps(server.base, info.run_id, 'best_validation_log_loss')).toEqual([0, 1, 2, 3])
  expect((await steps(server.base, info.run_id, 'loss')).length).toBeGreaterThan(0)
})

test('a server that goes away in the middle fails nothing and changes no output', async () => {
  await using server = await startTestServer()
  const { info } = await server.run()
  await using alone = await newProject(classification)
  await using project = await newProject(classification)
  for (const each of [alone, project]) await each.run(dataPrep)
  await alone.run(training)

  await using spool = await tempFolder()
  const problems: string[] = []
  await using run: ActiveRun = await attachRun({
    ...{ trackingUri: server.base, runId: info.run_id, spoolDir: spool.path },
    ...{ patienceMs: 100, onProblem: (problem: string) => problems.push(problem) },
  })
  let gone: PromiseLike<void> | undefined
  const out = {
    write(text: string) {
      if (text.includes('trial-')) gone ??= server[Symbol.asyncDispose]()
    },
  }
  await project.run(training, {}, { run, out })
  await gone
  expect(problems.join()).toContain('kept')
  expect(await project.hashes()).toEqual(await alone.hashes())
})

async function tempFolder() {
  const path = await mkdtemp(join(tmpdir(), 'spool-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

async function steps(base: string, runId: string | undefined, key: string): Promise<number[]> {
  const { metrics } = await call(base, getMetricHistory, { run_id: runId ?? '', metric_key: key })
  return (metrics ?? []).map(({ step }) => Number(step)).sort((a, b) => a - b)
}
