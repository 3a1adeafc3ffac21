/** Explains the winner on the test split: numbers and pictures, under reports/explainability/. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { loadModel } from '@waymark/model-kit/load-model'
import type { Model } from '@waymark/model-kit/model'
import { readProfile, readSplit, type Split } from '@waymark/model-kit/processed-data'
import { jsonText, runAsProgram, type Stage, writeOutput } from '../stage.ts'
import { drawPng } from './plot.ts'
import { explain } from './transform.ts'

/** Bytes by file name. */
type Reports = ReadonlyMap<string, string | Uint8Array>

export const explainability: Stage<'explainability', Split & { model: Model }, Reports> = {
  name: 'explainability',
  sections: ['explainability'],

  async read({ folder, note }) {
    const processed = join(folder, 'data/processed')
    const test = await readSplit(processed, 'test', await readProfile(processed))
    const model = await loadModel(join(folder, 'models/winner'))
    note(`${model.family}, ${test.rows.length} test rows`)
    return { ...test, model }
  },

  async transform({ model, rows, targets }, { settings, note }) {
    using owned = model
    const { explanations, metrics, plots } = explain({ model: owned, rows, targets, settings: settings.explainability })
    const reports = new Map<string, string | Uint8Array>()
    reports.set('explanations.json', jsonText(explanations)).set('metrics.json', jsonText(metrics))
    for (const { name, spec } of plots) {
      reports.set(`plots/${name}.vl.json`, jsonText(spec)).set(`plots/${name}.png`, await drawPng(spec))
    }
    note(`${plots.length} plots`)
    return reports
  },

  async load(reports, { folder, note }) {
    const place = join(folder, 'reports/explainability')
    const plots = join(place, 'plots')
    await mkdir(plots, { recursive: true })
    for (const [name, content] of reports) await writeOutput(join(place, name), content)
    // The picture of a feature that is gone would stay otherwise.
    const stale = (await readdir(plots)).filter((name) => !reports.has(`plots/${name}`))
    for (const name of stale) await rm(join(plots, name))
    note(`${reports.size} files`)
  },
}

if (import.meta.main) await runAsProgram(explainability)
