import { expect, test } from 'vitest'
import {
  ago,
  counted,
  delta,
  duration,
  exactTime,
  fileSize,
  fullNumber,
  isoTime,
  shortNumber,
  tickNumber,
  tickWords,
} from './format.ts'

test.each([
  [0.93637, '0.9364'],
  [0.935, '0.9350'],
  [0.99996, '1.000'],
  [0.02, '0.02000'],
  [-1.5, '−1.500'],
  [100.02, '100.0'],
  [0.00000012, '1.200e-7'],
  [12345678.9, '1.235e7'],
])('a fraction shows four significant digits, trailing zeros too: %s is %s', (value, text) => {
  expect(shortNumber(value)).toBe(text)
})

test.each([
  [999.96, '1,000'],
  [1234.567, '1,235'],
  [12345.67, '12,346'],
])('digits before the point are never rounded away: %s is %s', (value, text) => {
  expect(shortNumber(value)).toBe(text)
})

test.each([
  [40, '40'],
  [-2, '−2'],
  [53940, '53,940'],
  [123456, '123,456'],
  [0, '0'],
])('an integer stays one: %s is %s', (value, text) => {
  expect(shortNumber(value)).toBe(text)
})

test.each([
  [Number.NaN, 'NaN'],
  [Infinity, '∞'],
  [-Number.MAX_VALUE, '−∞'],
])('what is no number says so: %s is %s', (value, text) => {
  expect(shortNumber(value)).toBe(text)
})

test('the marks of an axis are as short as can be', () => {
  expect([0, 0.5, 0.25, 20, 100.5, 1200, 0.00002, -0.5, 12345678.5].map(tickNumber)).toEqual([
    '0',
    '0.5',
    '0.25',
    '20',
    '100.5',
    '1,200',
    '2e-5',
    '−0.5',
    '1.235e7',
  ])
})

test('marks that lie close together have the digits that tell them apart', () => {
  const marks = [0.9299, 0.93, 0.93005, 0.9301]
  expect(marks.map(tickWords(marks))).toEqual(['0.9299', '0.93', '0.93005', '0.9301'])
  expect([1_000_000, 1_000_001].map(tickWords([1_000_000, 1_000_001]))).toEqual(['1,000,000', '1,000,001'])
  expect([5, 5].map(tickWords([5, 5]))).toEqual(['5', '5'])
})

test('the full value keeps every digit, and the largest double is what MLflow stores for infinity', () => {
  expect(fullNumber(0.1 + 0.2)).toBe('0.30000000000000004')
  expect(fullNumber(Number.MAX_VALUE)).toBe('Infinity')
})

test('a difference always has its sign', () => {
  expect([delta(0.0013), delta(-2), delta(0), delta(Number.NaN)]).toEqual(['+0.001300', '−2', '±0', ''])
})

test.each([
  [40, '40 ms'],
  [3140, '3.1 s'],
  [9_990, '10 s'],
  [59_600, '1 m 0 s'],
  [72_000, '1 m 12 s'],
  [3_600_000, '1 h 0 m'],
  [90_000_000, '1 d 1 h'],
])('%d ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('how long ago is told in one unit', () => {
  const now = 1_000_000_000_000
  expect([2e3, 30e3, 120e3, 2 * 3600e3, 3 * 86400e3].map((ms) => ago(now - ms, now))).toEqual([
    'just now',
    '30 s ago',
    '2 m ago',
    '2 h ago',
    '3 d ago',
  ])
})

test('a start time that is no time of the calendar is shown as the number it is', () => {
  expect(exactTime(9e15)).toBe('9000000000000000 ms')
  expect(isoTime(9e15)).toBeUndefined()
  expect(isoTime(0)).toBe('1970-01-01T00:00:00.000Z')
})

test('sizes are in binary units, counts in the right number', () => {
  expect([fileSize(12), fileSize(1536), fileSize(104857600)]).toEqual(['12 B', '1.5 KiB', '100 MiB'])
  expect([counted(1, 'run'), counted(4312, 'run'), counted(2, 'child', 'children')]).toEqual([
    '1 run',
    '4,312 runs',
    '2 children',
  ])
})
