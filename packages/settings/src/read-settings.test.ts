import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSettings } from './read-settings.ts'
import { SettingsError } from './settings-error.ts'
import { readTracking } from './tracking.ts'

const data = `data:
  source: data/raw/people.csv
  task: classification
  target: { column: income }
`

test('a section is read with its defaults, and frozen to the last leaf', async () => {
  await using file = await settingsFile(data)
  const { data: read } = await readSettings(file.path, { sections: ['data'] })
  expect(read.split).toEqual({ validation: 0.15, test: 0.15, seed: 1 })
  expect(Object.isFrozen(read.split)).toBe(true)
})

test('the config.yaml of this repository is without a fault', async () => {
  const settings = await readSettings(join(import.meta.dirname, '../../../config.yaml'))
  expect(settings.training.models.mlp?.hidden).toContainEqual([64, 64])
})

test('a section that was not asked for is not looked at', async () => {
  await using file = await settingsFile(`${data}training: { nonsense: 1 }\n`)
  await expect(readSettings(file.path, { sections: ['data'] })).resolves.toMatchObject({ data: { max_categories: 50 } })
})

test('one value, a list of values and a range are all ways to write a hyper-parameter', async () => {
  await using file = await settingsFile(`training:
  models: { mlp: { hidden: [16], learning_rate: { min: 0.001, max: 0.1, scale: log }, batch_size: [64, 256] } }
  search: { kind: random, trials: 3 }
  select: { metric: validation_accuracy, direction: maximize }
`)
  const { training } = await readSettings(file.path, { sections: ['training'] })
  expect(training.models.mlp).toEqual({
    hidden: [[16]],
    learning_rate: { min: 0.001, max: 0.1, scale: 'log', whole: false },
    schedule: ['cosine'],
    batch_size: [64, 256],
    l2: [0],
  })
})

describe('faults', () => {
  test('are told all at once, in the order of the file, each with line, key, what was expected and what was found', async () => {
    await using file = await settingsFile(`data:
  source: people.csv
  targt: { column: income }
  target: { column: income }
  task: classify
training:
  epochs: fast
  models: { mlp: { hidden: 64 }, forest: {} }
  select: { metric: validation_accuracy, direction: maximize }
`)
    expect(await faultsOf(readSettings(file.path, { sections: ['data', 'training'] }))).toEqual([
      `${file.path}:3 data.targt: there is no such key; did you mean target?`,
      `${file.path}:5 data.task: expected one of "classification", "regression", found "classify"`,
      `${file.path}:7 training.epochs: expected a number, found "fast"`,
      `${file.path}:8 training.models.mlp.hidden: expected a list with the width of each hidden layer, as [64, 64], or a list of such lists to search, found 64`,
      `${file.path}:8 training.models.forest: there is no such key; known here: majority, logistic, linear, mlp`,
    ])
  })

  test.each([
    [
      'bands that do not rise',
      '[{ name: a, below: 5 }, { name: b, below: 3 }, { name: c }]',
      'bands.1: expected below to rise',
    ],
    ['an end of the last band', '[{ name: a, below: 5 }, { name: b, below: 9 }]', 'bands.1: the last band has no end'],
    ['a band without an end', '[{ name: a }, { name: b }]', 'bands.0: expected below'],
    ['two bands of one name', '[{ name: a, below: 5 }, { name: a }]', 'bands.1: two bands are named "a"'],
    ['one band', '[{ name: a }]', 'bands: expected a list of at least 2'],
  ])('of the target: %s', async (_what, bands, words) => {
    await using file = await settingsFile(data.replace('column: income', `column: income, bands: ${bands}`))
    expect((await faultsOf(readSettings(file.path, { sections: ['data'] }))).join()).toContain(words)
  })

  test('a split that leaves nothing to train on is refused', async () => {
    await using file = await settingsFile(`${data}  split: { validation: 0.5, test: 0.5 }\n`)
    expect(await faultsOf(readSettings(file.path, { sections: ['data'] }))).toEqual([
      expect.stringContaining(':5 data.split: validation and test together leave nothing to train on'),
    ])
  })

  test('an encoding that is none, and a comma for both columns and decimals, are refused', async () => {
    await using file = await settingsFile(`${data}  encoding: utf-9\n  decimal: ","\n`)
    expect(await faultsOf(readSettings(file.path, { sections: ['data'] }))).toEqual([
      `${file.path}:1 data.separator: expected another than data.decimal, as ";", found ","`,
      `${file.path}:5 data.encoding: expected an encoding as utf-8, utf-16le or latin1, found "utf-9"`,
    ])
  })

  test('a range is held to what the hyper-parameter may be', async () => {
    await using file = await settingsFile(`training:
  models: { mlp: { learning_rate: { min: -1, max: 1 } } }
  search: { kind: random }
  select: { metric: validation_macro_f1, direction: maximize }
`)
    expect(await faultsOf(readSettings(file.path, { sections: ['training'] }))).toEqual([
      `${file.path}:2 training.models.mlp.learning_rate: expected a number above 0, a list of such numbers to search, or a range {min, max, scale} of them, found {"min":-1,"max":1}`,
    ])
  })

  test('a range in a grid is refused: a grid needs values', async () => {
    await using file = await settingsFile(
      'training:\n  models: { mlp: { learning_rate: { min: 1, max: 2 } } }\n  select: { metric: validation_r2, direction: maximize }\n',
    )
    expect((await faultsOf(readSettings(file.path, { sections: ['training'] }))).join()).toContain(
      'a grid needs a list',
    )
  })

  test('a mistyped section is named once, with the section that was meant', async () => {
    await using file = await settingsFile('daat: {}\n')
    expect(await faultsOf(readSettings(file.path, { sections: ['data'] }))).toEqual([
      `${file.path}:1 daat: there is no such key; did you mean data?`,
    ])
  })

  test('a missing file, an empty one and one that is no YAML say so', async () => {
    await using empty = await settingsFile('# nothing yet\n')
    await using broken = await settingsFile('data:\n  source: [a\ntraining: }\n')
    expect(await faultsOf(readSettings(`${empty.path}.nowhere`))).toEqual([
      expect.stringContaining('there is no such file'),
    ])
    expect(await faultsOf(readSettings(empty.path))).toEqual([expect.stringContaining('found an empty file')])
    expect((await faultsOf(readSettings(broken.path)))[0]).toMatch(/:[23]: this is not YAML: /)
  })
})

describe('tracking', () => {
  test('is on where the section names an experiment', async () => {
    await using file = await settingsFile('tracking: { experiment_name: people, run_name: first }\nother: [1]\n')
    expect(await readTracking(file.path)).toEqual({ experimentName: 'people', runName: 'first', uri: undefined })
  })

  test.each([
    ['experiment_name is false', 'tracking: { experiment_name: false }\n'],
    ['there is no such section', 'model: { tracking: 1 }\n'],
    ['the section has another shape', 'tracking: [gps, wifi]\n'],
    ['the file is the template of another program', 'model: {{ model }\n'],
  ])('is off where %s', async (_what, text) => {
    await using file = await settingsFile(text)
    expect(await readTracking(file.path)).toBeUndefined()
  })

  test.each([
    [
      'a name that is no text',
      'tracking:\n  experiment_name: 12\n',
      /:2 tracking.experiment_name: expected the name .*, found 12/,
    ],
    [
      'a run name that is no text',
      'tracking:\n  experiment_name: a\n  run_name: 7\n',
      /:3 tracking.run_name: .*found 7/,
    ],
    [
      'a run name that no server takes',
      `tracking:\n  experiment_name: a\n  run_name: ${'x'.repeat(251)}\n`,
      /:3 tracking.run_name: expected a text of at most 250 characters, found/,
    ],
    [
      'an experiment name that no server takes',
      `tracking:\n  experiment_name: ${'x'.repeat(501)}\n`,
      /:2 tracking.experiment_name: expected .*500/,
    ],
    [
      'a mistyped key',
      'tracking:\n  experimentname: a\n',
      /:2 tracking.experimentname: .*did you mean experiment_name\?/,
    ],
    ['a mistyped key beside others', 'tracking: { experiment_name: a, runname: b }\n', /did you mean run_name\?/],
  ])('is neither on nor off, but an error, with %s', async (_what, text, words) => {
    await using file = await settingsFile(text)
    expect((await faultsOf(readTracking(file.path))).join('\n')).toMatch(words)
  })

  test("reads another program's file without a word", async () => {
    await using file = await settingsFile('tracking: { gps: on, experiment: {{ jinja }} }\n')
    const warned: Error[] = []
    const listen = (warning: Error) => warned.push(warning)
    process.on('warning', listen)
    expect(await readTracking(file.path)).toBeUndefined()
    await new Promise(setImmediate)
    process.off('warning', listen)
    expect(warned).toEqual([])
  })

  test('is off where there is no config.yaml', async () => {
    expect(await readTracking(join(tmpdir(), 'no-such-folder', 'config.yaml'))).toBeUndefined()
  })
})

async function faultsOf(reading: Promise<unknown>): Promise<string[]> {
  const error = await reading.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof SettingsError)) throw new Error(`expected a SettingsError, got ${String(error)}`)
  return error.message.split('\n')
}

async function settingsFile(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'settings-'))
  const path = join(folder, 'config.yaml')
  await writeFile(path, text)
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}
