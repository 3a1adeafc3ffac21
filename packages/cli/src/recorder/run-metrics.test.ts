import type { StageResult } from '@waymark/pipeline/events'
import { expect, test } from 'vitest'
import { type TestProject, testProject } from '../../test/project.ts'
import { runMetrics } from './run-metrics.ts'

function stage(name: string, ...paths: readonly string[]): StageResult {
  const outs = paths.map((path) => ({ path, md5: '0'.repeat(32), role: 'metric' as const, cache: true }))
  return { name, cmd: '', state: 'ran', reasons: [], seconds: 0, needs: [], deps: [], params: {}, outs }
}

function metricsOf(project: TestProject, stages: readonly StageResult[], taken: readonly string[] = []) {
  return runMetrics({ root: project.root, stages: [], stageFiles: [] }, stages, new Set(taken))
}

test('a number that one stage has is logged under its bare key, one that two have under their names', async () => {
  using project = testProject({ 'a.json': '{"loss": 1, "only": {"a": 2}}', 'b.yaml': 'loss: 3\n' })
  expect(await metricsOf(project, [stage('a', 'a.json'), stage('b', 'b.yaml')])).toEqual({
    'a.loss': 1,
    'b.loss': 3,
    'only.a': 2,
  })
})

test('a number that two files of a stage have is logged under the names of the files', async () => {
  using project = testProject({ 'train.json': '{"loss": 1}', 'test.json': '{"loss": 2}', 'b.json': '{"loss": 3}' })
  const twice = stage('a', 'train.json', 'test.json')
  expect(await metricsOf(project, [twice])).toEqual({ 'train.json:loss': 1, 'test.json:loss': 2 })
  expect(await metricsOf(project, [twice, stage('b', 'b.json')])).toEqual({
    'a.train.json:loss': 1,
    'a.test.json:loss': 2,
    'b.loss': 3,
  })
})

test('a number keeps off the keys of the metric history', async () => {
  using project = testProject({ 'a.json': '{"loss": 1, "accuracy": 0.9}' })
  expect(await metricsOf(project, [stage('a', 'a.json')], ['loss'])).toEqual({ 'a.loss': 1, accuracy: 0.9 })
})

test('NaN and Infinity are numbers, however they are written; texts, flags and nothing are none', async () => {
  using project = testProject({
    'a.json': '{"a": NaN, "b": "Infinity", "c": -Infinity, "text": "x", "flag": true, "none": null, "list": [1]}',
    'b.yaml': 'd: .nan\ne: -.inf\n',
  })
  expect(await metricsOf(project, [stage('a', 'a.json'), stage('b', 'b.yaml')])).toEqual({
    a: Number.NaN,
    b: Infinity,
    c: -Infinity,
    d: Number.NaN,
    e: -Infinity,
  })
})

test('a metrics file that is no JSON is named', async () => {
  using project = testProject({ 'a.json': '{"a": ' })
  await expect(metricsOf(project, [stage('a', 'a.json')])).rejects.toThrow(/Cannot read the metrics in "a\.json"/)
})
