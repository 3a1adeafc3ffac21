import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evaluate } from '@waymark/model-kit/evaluate'
import { familyOf } from '@waymark/model-kit/families/families'
import type { Row } from '@waymark/model-kit/model'
import type { Profile } from '@waymark/model-kit/processed-data'
import { encodeRows, fitEncoding } from '@waymark/model-kit/row-encoder'
import { saveModel } from '@waymark/model-kit/save-model'
import { tableText } from '@waymark/model-kit/table'

const kinds = { size: 'numeric', colour: 'categorical', zip: 'categorical', sold: 'boolean' } as const
const classes = ['small', 'large']

/** A project folder as data_prep and training leave it, with a model of real training. */
export async function smallProject({ family = 'logistic' } = {}): Promise<AsyncDisposable & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'small-project-'))
  const rows = Array.from({ length: 120 }, (_, i) => rowOf(i))
  const target = (row: Row) => (Number(row['size'] ?? 0) < 60 ? 0 : 1)
  await mkdir(join(folder, 'data/processed'), { recursive: true })
  const profile: Profile = {
    ...{ task: 'classification', target: 'kind', classes, features: kinds, columns: [] },
    rows: { train: 80, validation: 20, test: 20 },
  }
  await writeFile(join(folder, 'data/processed/profile.json'), JSON.stringify(profile))
  const labelled = rows.slice(100).map((row) => ({ ...row, kind: classes[target(row)] ?? '' }))
  await writeFile(
    join(folder, 'data/processed/test.csv'),
    tableText({ columns: [...Object.keys(kinds), 'kind'], rows: labelled }),
  )
  await writeFile(
    join(folder, 'config.yaml'),
    'explainability: { shapley: { rows: 5, background_rows: 5 }, partial_dependence: { rows: 10, points: 4 }, integrated_gradients: { rows: 5, steps: 10 } }\n',
  )
  const encoding = fitEncoding(rows, kinds, { maxCategories: 3 })
  // As if no training row had lacked it: a test row may all the same.
  for (const feature of encoding.features) if (feature.feature === 'sold') feature.required = true
  const inputs = encodeRows(encoding, rows)
  const train = {
    inputs,
    targets: Float64Array.from(rows, target),
    rows: rows.length,
    width: inputs.length / rows.length,
  }
  const options = { task: 'classification', outputs: 2, seed: 1, epochs: 1, backend: 'wasm' } as const
  using fitted = await familyOf(family).fit(train, { l2: 1e-3 }, options)
  const parts = { task: 'classification', target: 'kind', classes, family, encoding, fitted } as const
  const test = rows.slice(100)
  const scores = fitted.scores(encodeRows(encoding, test), test.length)
  const { log_loss } = evaluate('classification', scores, Float64Array.from(test, target))
  const details = { metrics: { test_log_loss: log_loss } }
  await saveModel(join(folder, 'models/winner'), parts, { inputExample: rows.slice(0, 2), details })
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) }
}

/** Missing values, texts of digits, a text that looks like a missing value, more categories than are kept. */
function rowOf(i: number): Row {
  return {
    size: i % 10 === 3 ? null : i,
    colour: i % 7 === 0 ? 'NA' : `shade "${i % 5}", ${i % 2}`,
    zip: `0${2100 + (i % 4)}`,
    sold: i % 9 === 0 ? null : i % 2 === 0,
  }
}
