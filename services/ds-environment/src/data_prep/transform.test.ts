import { parseCsv } from '@waymark/model-kit/csv'
import { featureGroups } from '@waymark/model-kit/row-encoder'
import { Data } from '@waymark/settings/data'
import { describe, expect, test } from 'vitest'
import { prepare } from './transform.ts'
import { typeRows } from './type-rows.ts'

const numbers = Array.from({ length: 40 }, (_, at) => at)
/** 40 rows: a number, a category, a truth value, and a target that the number decides. */
const plain = [
  'size,colour,isNew,price',
  ...numbers.map((at) => `${at},${at % 2 ? 'red' : 'blue'},${at % 3 === 0},${at * 10}`),
]
const bands = { column: 'price', name: 'band', bands: [{ name: 'low', below: 200 }, { name: 'high' }] }

describe('typed rows', () => {
  test('kinds are inferred: numbers, true and false, and all else categories', () => {
    expect(read(plain, {}).columns).toEqual([
      { name: 'size', kind: 'numeric' },
      { name: 'colour', kind: 'categorical' },
      { name: 'isNew', kind: 'boolean' },
      { name: 'price', kind: 'numeric' },
    ])
  })

  test('an inferred kind can be overridden, so that a number stays a name', () => {
    const zips = ['zip,y', '01234,1', '00007,2']
    expect(
      read(zips, { kinds: { zip: 'categorical' }, target: { column: 'y' } }).rows.map(({ cells }) => cells['zip']),
    ).toEqual(['01234', '00007'])
  })

  test('a column without a name is column_<n>', () => {
    expect(read([',a,', '1,2,3'], { target: { column: 'a' } }).columns.map(({ name }) => name)).toEqual([
      'column_1',
      'a',
      'column_3',
    ])
  })

  test('numbers with a decimal comma are numbers where data.decimal says so, dots parting the thousands', () => {
    const lines = ['size;y', '1,5;1', '1.234,25;2', '-3;3', '1.5;4']
    const given = { separator: ';', decimal: ',', kinds: { size: 'numeric' }, target: { column: 'y' } }
    const { rows, badRows } = typeRows(parseCsv(lines.join('\n'), given), settingsOf(given))
    expect(rows.map(({ cells }) => cells['size'])).toEqual([1.5, 1234.25, -3])
    expect(badRows).toEqual([{ line: 5, column: 'size', words: 'expected a number, found "1.5"' }])
  })

  test('a column of 1 and 0 is numeric, and boolean where data.kinds says so', () => {
    const flags = ['flag,y', '1,2', '0,3']
    const read01 = (kinds: object) => read(flags, { kinds, target: { column: 'y' } })
    expect(read01({}).columns[0]).toEqual({ name: 'flag', kind: 'numeric' })
    expect(read01({ flag: 'boolean' }).rows.map(({ cells }) => cells['flag'])).toEqual([true, false])
  })

  test('a column may be named as what every object has, but for __proto__, which is refused', () => {
    const { columns, rows } = read(['constructor,y', '1,2'], { target: { column: 'y' } })
    expect(columns[0]).toEqual({ name: 'constructor', kind: 'numeric' })
    expect(rows[0]?.cells['constructor']).toBe(1)
    expect(() => read(['__proto__,y', '1,2'], { target: { column: 'y' } })).toThrow(
      'source.csv:1: expected another column name than "__proto__"',
    )
  })

  test('a number too large to be measured with is a bad row, not a column without spread', () => {
    expect(read([...plain, '1e308,red,true,70'], {}).badRows).toEqual([
      { line: 42, column: 'size', words: 'expected a number within ±1e+150, found "1e308"' },
    ])
  })

  test('bad rows are told with their line and left out', () => {
    const { rows, badRows } = read([...plain, '7,red,true', 'big,red,true,70', '"7,red,true,70'], {})
    expect(rows).toHaveLength(40)
    expect(badRows).toEqual([
      { line: 42, column: '', words: 'expected 4 fields, found 3' },
      { line: 43, column: 'size', words: 'expected a number, found "big"' },
      { line: 44, column: '', words: 'a quote is opened and never closed' },
    ])
  })

  test('a bad cell in a dropped column costs no row', () => {
    expect(read([...plain, 'big,red,true,70'], { drop: ['size'] }).badRows).toEqual([])
  })

  test('where most rows are bad the first ones are shown and nothing is made', () => {
    expect(() => read(['a,b', '1', '2', '3,4'], { target: { column: 'b' } })).toThrow(
      'source.csv: 2 of 3 rows cannot be read. The first are\n  source.csv:2: expected 2 fields, found 1',
    )
  })

  test('settings that name a column which is not there are refused, all at once, with the nearest one', () => {
    expect(() => read(plain, { target: { column: 'prise' }, drop: ['weight'], kinds: { colr: 'numeric' } })).toThrow(
      [
        'config.yaml data.target.column: expected a column of source.csv, found "prise"; did you mean "price"?',
        'config.yaml data.drop: expected a column of source.csv, found "weight"; it has size, colour, isNew, price',
        'config.yaml data.kinds: expected a column of source.csv, found "colr"; did you mean "colour"?',
      ].join('\n'),
    )
  })

  test('two columns of one name are refused', () => {
    expect(() => read(['a,b,a', '1,2,3'], { target: { column: 'b' } })).toThrow(
      'source.csv:1: expected each column name once, found "a" as columns 1 and 3',
    )
  })
})

describe('prepared rows', () => {
  test('duplicates, rows without a target and impossible values are removed and counted', () => {
    const odd = [plain[1]!, plain[1]!, '50,red,true,NA', '-1,red,true,100', '51,red,true,100']
    const { metrics } = make([...plain, ...odd], { limits: { size: { at_least: 0, at_most: 50 } } })
    expect(metrics).toMatchObject({
      rows_read: 45,
      rows_duplicate: 2,
      rows_without_target: 1,
      rows_impossible: 2,
      rows_train: 28,
      rows_validation: 6,
      rows_test: 6,
    })
  })

  test('a number is cut into bands, each from the end of the one before, and is no feature any more', () => {
    const { splits, columns, profile } = make(plain, {})
    expect(columns).toEqual(['size', 'colour', 'isNew', 'band'])
    expect(profile.classes).toEqual(['low', 'high'])
    const all = Object.values(splits).flat()
    expect(all.find(({ size }) => size === 19)?.['band']).toBe('low')
    expect(all.find(({ size }) => size === 20)?.['band']).toBe('high')
  })

  test('a band without a row is no class, and is pointed at', () => {
    const three = [{ name: 'low', below: 200 }, { name: 'high', below: 1000 }, { name: 'lux' }]
    const { profile, warnings } = make(plain, { target: { ...bands, bands: three } })
    expect(profile.classes).toEqual(['low', 'high'])
    expect(warnings).toEqual(['band "lux" has no row: it is no class of the model'])
  })

  test('the classes of a target keep their words', () => {
    const rows = ['size,ok', ...numbers.map((at) => `${at},${at % 2 ? 'yes' : 'no'}`)]
    expect(make(rows, { target: { column: 'ok' } }).profile.classes).toEqual(['no', 'yes'])
  })

  test('the split is shuffled by the seed: the same seed gives the same rows, another seed others', () => {
    const testRows = (seed: number) => make(plain, { split: { seed } }).splits.test
    expect(testRows(1)).toEqual(testRows(1))
    expect(testRows(2)).not.toEqual(testRows(1))
    expect(testRows(1).map(({ size }) => size)).not.toEqual(numbers.slice(0, 6))
  })

  test('every row is in exactly one split', () => {
    const { splits } = make(plain, {})
    const sizes = Object.values(splits).flatMap((rows) => rows.map(({ size }) => Number(size)))
    expect(sizes.sort((a, b) => a - b)).toEqual(numbers)
  })

  test('the encoding knows the training rows alone', () => {
    const { splits, encoding } = make(plain, {})
    const sizes = splits.train.map(({ size }) => Number(size))
    expect(encoding.features[0]).toMatchObject({ mean: sizes.reduce((a, b) => a + b, 0) / sizes.length })
    expect(featureGroups(encoding).map(({ width }) => width)).toEqual([1, 2, 1])
  })

  test('missing values are counted and profiled', () => {
    const gappy = plain.map((line, at) => (at === 0 ? line : line.replace(/^\d+/, at % 2 ? '$&' : 'NA')))
    const { profile, metrics, splits } = make(gappy, {})
    const missing = splits.train.filter(({ size }) => size === null).length
    expect(metrics['missing_values']).toBe(20)
    expect(profile.columns[0]).toMatchObject({ name: 'size', kind: 'numeric', missing })
  })

  test('a column without any value is left out, and an identifier is pointed at', () => {
    const many = ['id,empty,size,price', ...Array.from({ length: 200 }, (_, at) => `u${at},,${at % 7},${at}`)]
    const { warnings, columns } = make(many, { target: { ...bands, bands: [{ name: 'a', below: 99 }, { name: 'b' }] } })
    expect(columns).toEqual(['id', 'size', 'band'])
    expect(warnings).toEqual([
      'column "empty" has no value in any row: it is left out',
      'column "id" has another value in almost every row: if it is an identifier, name it in data.drop',
    ])
  })

  test('where many rows are equal, and where numbers have a decimal comma, the setting is pointed at', () => {
    const few = ['a,b,price', ...numbers.map((at) => `${at % 2},"${at % 4},5",${(at % 4) * 100}`)]
    const words = [
      '90 % of the rows are equal to an earlier one and were removed: if each row is an observation of its own, set data.duplicates: keep',
      'column "b" is read as categories, but holds numbers with a decimal comma: set data.decimal: ","',
    ]
    const split = { validation: 0.25, test: 0.25 }
    expect(make(few, { split }).warnings.filter((warning) => !warning.startsWith('class'))).toEqual(words)
    expect(make(few, { duplicates: 'keep' }).warnings).toEqual(words.slice(1))
  })

  test.each([
    [
      'one class',
      { target: { ...bands, bands: [{ name: 'low', below: 1e6 }, { name: 'high' }] } },
      'source.csv price: expected at least two classes, found "low" in all 40 rows',
    ],
    [
      'bands of words',
      { target: { ...bands, column: 'colour' } },
      'config.yaml data.target.bands: expected a numeric column, found the categorical column "colour"',
    ],
    [
      'words to regress on',
      { task: 'regression', target: { column: 'colour' } },
      'config.yaml data.target.column: expected a numeric column',
    ],
    [
      'identifiers as classes',
      { target: { column: 'price' } },
      'source.csv price: expected classes, found 40 different values in 40 rows',
    ],
    [
      'a limit of words',
      { limits: { colour: { above: 1 } } },
      'config.yaml data.limits.colour: expected a numeric column, found a categorical one',
    ],
    [
      'a name that is taken',
      { target: { ...bands, name: 'size' } },
      'config.yaml data.target.name: expected a new name, found the column "size"',
    ],
    [
      'too few rows for the split',
      { split: { test: 0.001 } },
      'source.csv: expected rows enough for data.split, found 40: none are left for test',
    ],
    [
      'nothing to learn from',
      { drop: ['size', 'colour', 'isNew'] },
      'source.csv: expected columns to learn from, found none beside the target',
    ],
  ])('%s: refused with what was expected and what was found', (_what, settings, words) => {
    expect(() => make(plain, settings)).toThrow(words)
  })

  test('classes of a target with many different numbers are refused, with the ways out', () => {
    const many = ['size,price', ...Array.from({ length: 300 }, (_, at) => `${at % 9},${at % 150}`)]
    expect(() => make(many, { target: { column: 'price' } })).toThrow(
      'found 150 different numbers. Set data.task: regression, or cut them into data.target.bands, in config.yaml',
    )
  })
})

function settingsOf(given: object) {
  return Data.parse({ source: 'source.csv', task: 'classification', target: bands, ...given })
}

function read(lines: readonly string[], given: object) {
  return typeRows(parseCsv(`${lines.join('\n')}\n`), settingsOf(given))
}

function make(lines: readonly string[], given: object) {
  return prepare(read(lines, given), settingsOf(given))
}
