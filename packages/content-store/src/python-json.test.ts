import { expect, test } from 'vitest'
import { compareCodePoints } from './code-points.ts'
import { type PythonKey, type PythonValue, pythonFloat, pythonJson, pythonString } from './python-json.ts'

// Texts as CPython's repr and json.dumps give them.
test.each([
  [1, '1.0'],
  [0.1, '0.1'],
  [-0, '-0.0'],
  [1e-4, '0.0001'],
  [1e-5, '1e-05'],
  [1.5e-7, '1.5e-07'],
  [0.00012345, '0.00012345'],
  [1e15, '1000000000000000.0'],
  [1e16, '1e+16'],
  [1e21, '1e+21'],
  [1e100, '1e+100'],
  [123456789012345680, '1.2345678901234568e+17'],
  [-2.5, '-2.5'],
  [Number.POSITIVE_INFINITY, 'Infinity'],
  [Number.NaN, 'NaN'],
])('the float %d is written as Python writes it: %s', (value, text) => {
  expect(pythonFloat(value)).toBe(text)
})

test('text is escaped as Python escapes it', () => {
  expect(pythonString('é\u007f😀"\\\n/')).toBe(String.raw`"\u00e9\u007f\ud83d\ude00\"\\\n/"`)
})

test('characters beyond the 16-bit range sort behind all others, as in Python', () => {
  expect(['\u{1F600}', '\uFF5E', 'z', 'B', 'a'].sort(compareCodePoints)).toEqual(['B', 'a', 'z', '\uFF5E', '\u{1F600}'])
})

test('keys are sorted, numbers by value', () => {
  const texts = new Map<PythonKey, PythonValue>([
    ['b', 1n],
    ['B', 2],
    ['a', null],
  ])
  const numbers = new Map<PythonKey, PythonValue>([
    [10n, true],
    [9n, []],
  ])
  expect(pythonJson(texts)).toBe('{"B": 2.0, "a": null, "b": 1}')
  expect(pythonJson(numbers)).toBe('{"9": [], "10": true}')
})
