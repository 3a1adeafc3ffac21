import { call } from '@waymark/client/call'
import { artifactPath } from '@waymark/contract/artifacts'
import { createExperiment } from '@waymark/contract/experiments'
import { machineTags } from '@waymark/contract/machine-tags'
import { createModelVersion, versionTags } from '@waymark/contract/model-versions'
import { createRegisteredModel, setAlias } from '@waymark/contract/registered-models'
import { pipelineArtifacts, type ReproReport, reproTags } from '@waymark/contract/repro-report'
import { createRun, logBatch, type RunInfo, updateRun } from '@waymark/contract/runs'
import { plotSvg, type ReproWords, reproReport } from './seed-files.ts'

export interface SeedRun {
  readonly name: string
  readonly status?: 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED'
  readonly params?: Readonly<Record<string, string>>
  /** A number is one point at step 0; a list is a history, one point a step. */
  readonly metrics?: Readonly<Record<string, number | readonly number[]>>
  readonly tags?: Readonly<Record<string, string>>
  /** Text by path. */
  readonly files?: Readonly<Record<string, string>>
  /** ms since epoch */
  readonly startedAt?: number
  readonly seconds?: number
  readonly parentId?: string
}

/** Fills an empty tracking server, over HTTP, with what the pages must show well. @returns the experiments' ids. */
export async function seed(base: string, { now = Date.now() }: { now?: number } = {}) {
  const experiment = async (name: string) => (await call(base, createExperiment, { name })).experiment_id
  const [empty, single, many, diamonds] = [
    await experiment('empty'),
    await experiment('one run'),
    await experiment('many runs'),
    await experiment('diamonds'),
  ]
  await seedRun(base, single, { name: 'only', metrics: { loss: 0.25 }, startedAt: now - 9e8 })
  await seedMany(base, many, now)
  const repros = await seedDiamonds(base, diamonds, now)
  return { empty, single, many, diamonds, ...repros }
}

/** Makes one run with all that is logged to it. */
export async function seedRun(base: string, experimentId: string, words: SeedRun): Promise<RunInfo> {
  const { name, status = 'FINISHED', startedAt = Date.now(), seconds = 72 } = words
  const tags = { ...words.tags, ...(words.parentId === undefined ? {} : { [reproTags.parent]: words.parentId }) }
  const { run } = await call(base, createRun, {
    experiment_id: experimentId,
    run_name: name,
    start_time: startedAt,
    user_id: 'ada',
    tags: entries(tags),
  })
  const run_id = run.info.run_id
  await call(base, logBatch, { run_id, params: entries(words.params ?? {}) })
  const points = Object.entries(words.metrics ?? {}).flatMap(([key, values]) =>
    [values].flat().map((value, step) => ({ key, value, step, timestamp: startedAt + step * 400 })),
  )
  for (let from = 0; from < points.length; from += 900) {
    await call(base, logBatch, { run_id, metrics: points.slice(from, from + 900) })
  }
  for (const [path, text] of Object.entries(words.files ?? {})) await putArtifact(base, run.info, path, text)
  if (status === 'RUNNING') return run.info
  return (await call(base, updateRun, { run_id, status, end_time: startedAt + seconds * 1000 })).run_info
}

export async function putArtifact(base: string, run: RunInfo, path: string, text: string): Promise<void> {
  const reply = await fetch(`${base}${artifactPath(run.artifact_uri, path)}`, { method: 'PUT', body: text })
  if (!reply.ok) throw new Error(`PUT ${path}: ${reply.status} ${await reply.text()}`)
}

/** Two repros that differ in one param, one that failed, one that is running, and runs of unfriendly shapes. */
async function seedDiamonds(base: string, experiment: string, now: number) {
  const hour = 3_600_000
  const first = await seedRepro(base, experiment, {
    name: 'repro-2026-11-20-1',
    epochs: 20,
    startedAt: now - 26 * hour,
  })
  const second = await seedRepro(base, experiment, {
    name: 'repro-2026-11-21-1',
    epochs: 40,
    startedAt: now - 2 * hour,
    changedFrom: 20,
  })
  const failed = await seedRepro(base, experiment, {
    name: 'repro-2026-11-21-2',
    epochs: 40,
    startedAt: now - hour,
    changedFrom: 40,
    outcome: 'failed',
  })
  const live = await seedRepro(base, experiment, {
    name: 'repro-2026-11-21-3',
    epochs: 60,
    startedAt: now - 20_000,
    changedFrom: 40,
    outcome: 'running',
  })
  await seedRun(base, experiment, {
    name: `a name that somebody generated ${'from-very-long-parts-'.repeat(8)}<b>and with markup</b>`,
    status: 'KILLED',
    startedAt: now - 40 * hour,
    params: {
      'a.param.with.a.very.long.key.that.nobody.should.ever.write.but.somebody.did': 'value '.repeat(60),
      lr: '1',
    },
    metrics: {
      loss: [1, Number.NaN, 0.4, Infinity, 0.3, 0.2],
      'val loss: held-out': [2, 1, 0.5],
      test_accuracy: Number.NaN,
      exploded: -Infinity,
    },
  })
  await call(base, createRegisteredModel, { name: 'diamonds', description: 'Price category of a diamond' })
  for (const run of [first, second]) {
    await call(base, createModelVersion, {
      name: 'diamonds',
      source: `${run.artifact_uri}/model`,
      run_id: run.run_id,
      tags: entries({
        [versionTags.content]: '6ed4822802949527ba6acc4dafe088838236edb750cd9a41c04b2ba7d5ae1a0f',
        [versionTags.ruleName]: `mlp-${run.run_name}`,
        [versionTags.metric]: 'test_accuracy',
        [versionTags.score]: run === second ? '0.9364000000000001' : '0.9344',
        [versionTags.promotion]: 'champion',
        [versionTags.test]: '790cfa58461cc7dac07cb5c5e43dc0eb',
      }),
    })
  }
  await call(base, setAlias, { name: 'diamonds', alias: 'champion', version: '2' })
  return { first, second, failed, live }
}

async function seedRepro(
  base: string,
  experiment: string,
  words: ReproWords & { readonly name: string; readonly startedAt: number },
): Promise<RunInfo> {
  const { name, epochs, startedAt, outcome = 'finished' } = words
  const report: ReproReport = reproReport(words)
  const steps = outcome === 'running' ? 6 : epochs
  const curve = (from: number, to: number) =>
    Array.from({ length: steps }, (_, i) => to + (from - to) * Math.exp(-i / 6) + Math.sin(i * 2.3) * 0.004)
  const run = await seedRun(base, experiment, {
    name,
    startedAt,
    seconds: 60 + epochs,
    status: outcome === 'running' ? 'RUNNING' : outcome === 'failed' ? 'FAILED' : 'FINISHED',
    params: {
      'training.epochs': String(epochs),
      'training.batch_size': '256',
      'training.models': '["majority","logistic","mlp"]',
      'training.backend': 'wasm',
      'data.source': 'data/raw/diamonds.csv',
      'data.split.seed': '7',
      'data.split.test': '0.15',
      ...(outcome === 'finished'
        ? { 'best.learning_rate': '0.003', 'best.hidden': epochs > 20 ? '[64,64]' : '[64]' }
        : {}),
    },
    metrics: {
      loss: curve(1.4, 0.17),
      val_loss: curve(1.5, 0.19),
      val_accuracy: curve(0.3, 0.93 + epochs / 10_000),
      ...(outcome === 'finished'
        ? {
            test_accuracy: 0.9324 + epochs / 10_000,
            test_rows: 8088,
            majority_test_accuracy: 0.299,
            shapley_additivity_error: epochs * 1e-17,
          }
        : {}),
    },
    tags: {
      [reproTags.commit]: 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334',
      [reproTags.branch]: 'main',
      [reproTags.dirty]: outcome === 'finished' ? 'false' : 'true',
      [machineTags.request]: '66657ee6-125b-4f94-b81f-18f356b2010c',
      ...(report.lock === undefined ? {} : { [reproTags.lock]: report.lock }),
    },
    files: {
      [pipelineArtifacts.report]: JSON.stringify(report, null, 2),
      [pipelineArtifacts.lock]:
        "schema: '2.0'\nstages:\n  data_prep:\n    cmd: node services/ds-environment/src/data_prep/task.ts\n",
      ...(outcome === 'finished' ? resultFiles(epochs) : {}),
    },
  })
  if (outcome !== 'finished') return run
  for (let trial = 0; trial < 12; trial++) {
    await seedRun(base, experiment, {
      name: `trial-${trial}`,
      parentId: run.run_id,
      startedAt: startedAt + trial * 1000,
      seconds: 5 + trial,
      params: {
        learning_rate: String([0.001, 0.003, 0.01][trial % 3]),
        hidden: `[${32 * (1 + (trial % 4))}]`,
        family: 'mlp',
      },
      metrics: {
        val_loss: [1, 0.6, 0.4, 0.2 + trial / 50],
        val_accuracy: [0.5, 0.7, 0.85, 0.9 + ((trial * 7) % 12) / 400],
      },
    })
  }
  return run
}

function resultFiles(epochs: number): Record<string, string> {
  const rows = Array.from(
    { length: 400 },
    (_, i) => `${i},${(1.4 * Math.exp(-i / 90)).toFixed(5)},"batch ${i}, of ${epochs}"`,
  )
  return {
    'reports/explainability/importance.svg': plotSvg('permutation importance'),
    'reports/explainability/partial_dependence.svg': plotSvg('partial dependence'),
    'reports/training/history.csv': ['epoch,loss,note', ...rows].join('\n'),
    'reports/training/metrics.json': JSON.stringify({
      test_accuracy: 0.9364,
      per_class: { low: 0.95, mid: 0.92 },
      rows: [1, 2, 3],
    }),
    'reports/page.html':
      '<h1>A report</h1><script>document.title = "run"</script><p>with a script that must not run</p>',
    'environment.json': JSON.stringify({ node: '24.1.0', os: 'linux', cpus: 2 }),
    'model/MLmodel': [
      'flavors:',
      '  waymark: {}',
      'model_size_bytes: 20480',
      'signature:',
      `  inputs: '[{"type":"double","name":"carat","required":false},{"type":"string","name":"cut","required":false}]'`,
      `  outputs: '[{"type":"string","name":"prediction","required":true}]'`,
    ].join('\n'),
  }
}

async function seedMany(base: string, experiment: string, now: number): Promise<void> {
  const make = (i: number) =>
    seedRun(base, experiment, {
      name: `sweep-${String(i).padStart(3, '0')}`,
      startedAt: now - (400 - i) * 60_000,
      seconds: 10 + (i % 50),
      status: i % 41 === 40 ? 'FAILED' : 'FINISHED',
      params: { lr: String(10 ** -(1 + (i % 4))), optimizer: i % 3 === 0 ? 'adam' : 'sgd', seed: String(i) },
      metrics: { test_accuracy: 0.8 + ((i * 37) % 100) / 1000, loss: [1, 0.5, 0.2 + ((i * 13) % 100) / 500] },
    })
  for (let from = 0; from < 350; from += 10) await Promise.all(Array.from({ length: 10 }, (_, i) => make(from + i)))
}

function entries(record: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }))
}
