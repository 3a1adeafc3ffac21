import { expect, test } from 'vitest'
import { imageType, kindOfFile, looksLikeText } from './file-kind.ts'

test.each([
  ['plots/a.PNG', 'image'],
  ['pipeline/repro.json', 'json'],
  ['reports/history.csv', 'table'],
  ['pipeline/pipeline.lock', 'text'],
  ['model/MLmodel', 'text'],
  ['report.html', 'html'],
  ['weights.bin', 'unknown'],
])('%s is previewed as %s', (path, kind) => {
  expect(kindOfFile(path)).toBe(kind)
})

test('an image has the type of its ending', () => {
  expect([imageType('a.svg'), imageType('a.JPG'), imageType('a.png')]).toEqual([
    'image/svg+xml',
    'image/jpeg',
    'image/png',
  ])
})

test('a file without a known ending is text when its bytes are', () => {
  expect(looksLikeText(new TextEncoder().encode('größe'))).toBe(true)
  expect(looksLikeText(new TextEncoder().encode('größe').slice(0, 3))).toBe(true)
  expect(looksLikeText(new Uint8Array([1, 0, 2]))).toBe(false)
  expect(looksLikeText(new Uint8Array([0xff, 0xfe, 0x41]))).toBe(false)
})
