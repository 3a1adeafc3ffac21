import type { ReproReport, ReproStage } from '@waymark/contract/repro-report'

export interface ReproWords {
  readonly epochs: number
  /** ms since epoch */
  readonly startedAt: number
  /** What training.epochs was in the repro before; absent for the first one. */
  readonly changedFrom?: number
  readonly outcome?: 'finished' | 'failed' | 'running'
}

/** The record of a repro of the four stages, of which data_prep is up to date where there was one before. */
export function reproReport({ epochs, startedAt, changedFrom, outcome = 'finished' }: ReproWords): ReproReport {
  const why =
    changedFrom === undefined ? [{ kind: 'never ran' as const, text: 'it never ran' }] : changed(epochs, changedFrom)
  const hash = (what: string) =>
    `${what}${epochs}`
      .split('')
      .map((c) => c.charCodeAt(0).toString(16))
      .join('')
      .padEnd(32, '0')
      .slice(0, 32)
  const isFirst = changedFrom === undefined
  const train = { path: 'data/processed', md5: '5d41402abc4b2a76b9719d911017c592.dir', size: 3_120_000, nfiles: 4 }
  const winner = { path: 'models/winner', md5: `${hash('w')}.dir`, size: 20_480 + epochs * 10, nfiles: 5 }
  const code = (stage: string) => ({
    path: `services/ds-environment/src/${stage}`,
    md5: 'c0de00000000000000000000000000aa.dir',
    size: 9000,
    nfiles: 6,
  })
  const stages: ReproStage[] = [
    {
      ...stage('data_prep', [], isFirst ? 'ran' : 'unchanged', isFirst ? why : [], isFirst ? 2.4 : 0),
      deps: [
        code('data_prep'),
        { path: 'data/raw/diamonds.csv', md5: 'aaaabbbbccccddddeeeeffff00001111', size: 2_451_930 },
      ],
      outs: [train],
      params: { 'config.yaml': { 'data.source': 'data/raw/diamonds.csv', 'data.split.seed': 7, 'data.drop': ['id'] } },
    },
    {
      ...stage(
        'training',
        ['data_prep'],
        outcome === 'finished' ? 'ran' : outcome,
        why,
        outcome === 'running' ? 0 : 40 + epochs / 2,
      ),
      exit_code: outcome === 'failed' ? 1 : outcome === 'running' ? null : 0,
      ...(outcome === 'failed' ? failure : {}),
      deps: outcome === 'running' ? [] : [code('training'), train],
      outs: outcome === 'finished' ? [winner] : [],
      params: { 'config.yaml': { training: trainingParams(epochs) } },
    },
    ...(['explainability', 'prediction_app'] as const).map((name, i): ReproStage => {
      if (outcome !== 'finished')
        return stage(name, ['training'], outcome === 'failed' ? 'not reached' : 'waiting', [], 0)
      return {
        ...stage(
          name,
          ['training'],
          'ran',
          isFirst ? why : [{ kind: 'dep', path: 'models/winner', text: 'models/winner changed' }],
          3 + i,
        ),
        deps: [code(name), winner],
        outs: [
          {
            path: i === 0 ? 'reports/explainability' : 'models/serving',
            md5: `${hash(name)}.dir`,
            size: 51_200,
            nfiles: 8,
          },
        ],
      }
    }),
  ]
  return {
    schema: 1,
    ...(outcome === 'finished' ? { lock: hash('lock') } : {}),
    started_at: startedAt,
    ...(outcome === 'running' ? {} : { ended_at: startedAt + (60 + epochs) * 1000 }),
    stages,
  }
}

const failure = {
  error: 'failed to run: node services/ds-environment/src/training/task.ts, exited with 1',
  stderr_tail: [
    'reading data/processed/train.csv',
    'Cannot train on "data/processed/train.csv": column "price_category" holds one class only, "low".',
    'Choose other bands in config.yaml target.bands, or another target',
  ].join('\n'),
}

/** Sections of a params file, as deep and as wide as real ones. */
function trainingParams(epochs: number) {
  return {
    epochs,
    batch_size: 256,
    models: { majority: {}, mlp: { hidden: [[64], [64, 64], [128, 64]], learning_rate: [0.001, 0.003, 0.01] } },
    early_stopping: { metric: 'validation_accuracy', patience: 4 },
    note: 'a value that is longer than its place, so that it must break somewhere or be cut, and is whole on hover',
  }
}

export function plotSvg(title: string): string {
  const bars = Array.from(
    { length: 8 },
    (_, i) => `<rect x="90" y="${30 + i * 20}" width="${220 / (i + 1)}" height="14" fill="#0f766e"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="340" height="210"><rect width="340" height="210" fill="white"/><text x="10" y="20" font-size="14">${title}</text>${bars.join('')}</svg>`
}

function stage(
  name: string,
  needs: string[],
  state: ReproStage['state'],
  reasons: ReproStage['reasons'],
  seconds: number,
): ReproStage {
  const cmd = `node services/ds-environment/src/${name}/task.ts`
  return {
    name,
    cmd,
    state,
    reasons,
    seconds,
    exit_code: state === 'ran' ? 0 : null,
    needs,
    deps: [],
    outs: [],
    params: {},
  }
}

function changed(now: number, before: number): ReproStage['reasons'] {
  if (now === before)
    return [
      {
        kind: 'dep',
        path: 'services/ds-environment/src/training',
        text: 'services/ds-environment/src/training changed',
      },
    ]
  return [
    {
      kind: 'param',
      path: 'config.yaml',
      key: 'training.epochs',
      change: 'modified',
      old: String(before),
      new: String(now),
      text: `config.yaml training.epochs changed ${before} → ${now}`,
    },
  ]
}
