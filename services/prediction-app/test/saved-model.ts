import { familyOf } from '@waymark/model-kit/families/families'
import type { Row } from '@waymark/model-kit/model'
import { encodeRows, fitEncoding } from '@waymark/model-kit/row-encoder'
import { saveModel } from '@waymark/model-kit/save-model'

/** Saves a small model of real training: `low` for each `x` below `edge`, else `high`. Another edge is another model. */
export async function saveSmallModel(folder: string, edge: number, family = 'majority'): Promise<void> {
  const rows: Row[] = Array.from({ length: 40 }, (_, i) => ({ x: i, colour: i % 2 === 0 ? 'D' : 'E' }))
  const encoding = fitEncoding(rows, { x: 'numeric', colour: 'categorical' }, { maxCategories: 50 })
  const inputs = encodeRows(encoding, rows)
  const targets = Float64Array.from(rows, (row) => (Number(row['x']) < edge ? 0 : 1))
  const train = { inputs, targets, rows: rows.length, width: inputs.length / rows.length }
  const options = { task: 'classification', outputs: 2, seed: 1, epochs: 1, backend: 'wasm' } as const
  using fitted = await familyOf(family).fit(train, { l2: 1e-5 }, options)
  const parts = { task: 'classification', target: 'size', classes: ['low', 'high'], family, encoding, fitted } as const
  await saveModel(folder, parts, { inputExample: rows.slice(0, 2) })
}
