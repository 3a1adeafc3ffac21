import { pythonJson } from '@waymark/content-store/python-json'
import { expect, test } from 'vitest'
import { readJson } from './read-json.ts'
import { readToml } from './read-toml.ts'
import { readYaml } from './read-yaml.ts'
import type { Value } from './values.ts'

// Left: a plain YAML scalar. Right: what Python's json.dumps makes of it after DVC's reader.
test.each([
  ['1', '1'],
  ['1.0', '1.0'],
  ['010', '10'],
  ['0o17', '15'],
  ['-0x1F', '-31'],
  ['0b11', '3'],
  ['1_000', '1000'],
  ['1_000.5', '1000.5'],
  ['1e-5', '1e-05'],
  ['123456789012345678901', '123456789012345678901'],
  ['yes', '"yes"'],
  ['12:30', '"12:30"'],
  ['_1', '"_1"'],
  ['~', 'null'],
  ['.inf', 'Infinity'],
])('the scalar %s is read as DVC reads it: %s', (scalar, json) => {
  expect(asJson(readYaml(`k: ${scalar}\n`, 'params.yaml').value)).toBe(`{"k": ${json}}`)
})

test('anchors and merge keys are followed, equal keys refused with their place', () => {
  const text = 'base: &base {a: 1, b: 2}\nmore:\n  <<: *base\n  b: 3\n'
  expect(asJson(readYaml(text, 'params.yaml').value)).toBe('{"base": {"a": 1, "b": 2}, "more": {"a": 1, "b": 3}}')
  expect(() => readYaml('a: 1\nb:\n  c: 1\n  c: 2\n', 'params.yaml')).toThrow(/^params.yaml:4:3 is not YAML/)
})

test('an anchor may be used any number of times, and one that does not exist is said', () => {
  const stages = Array.from({ length: 3000 }, (_, i) => `s${i}: *deps\n`).join('')
  const { value } = readYaml(`deps: &deps [in]\n${stages}`, 'dvc.yaml')
  expect(value instanceof Map && value.get('s2999')).toEqual(['in'])
  expect(() => readYaml('deps: *other\n', 'dvc.yaml')).toThrow(/^dvc.yaml is not YAML: .*other/)
})

test('a template that YAML takes for a map is told to be put in quotes', () => {
  expect(() => readYaml(`a: [x, \${y}]\n`, 'dvc.yaml')).toThrow(
    /^dvc.yaml:1:9 is not YAML: .*\. Within \[ \] or \{ \} a template has to be in quotes$/,
  )
})

test('JSON keeps the kind of its numbers and the order of its keys', () => {
  const value = readJson('{"b": 1, "10": 1.0, "9": [1e2, -0, null, true], "s": "\\u00e9\\ud83d\\ude00"}', 'p.json')
  expect(asJson(value)).toBe('{"10": 1.0, "9": [100.0, 0, null, true], "b": 1, "s": "\\u00e9\\ud83d\\ude00"}')
  expect(value instanceof Map && [...value.keys()]).toEqual(['b', '10', '9', 's'])
})

test.each(['{', '{"a": 1,}', '[1 2]', '{"a" 1}', 'nul', '"\n"', '{"a": 01}', ''])(
  '%j is no JSON, and the message says where',
  (text) => {
    expect(() => readJson(text, 'p.json')).toThrow(/^p.json:\d+:\d+ is not JSON/)
  },
)

test('TOML keeps the kind of its numbers', () => {
  expect(asJson(readToml('a = 1\nb = 1.0\n[t]\nc = [1, 2.5]\n', 'p.toml'))).toBe(
    '{"a": 1, "b": 1.0, "t": {"c": [1, 2.5]}}',
  )
  expect(() => readToml('a = \n', 'p.toml')).toThrow(/^p.toml:1:\d+ is not TOML/)
})

function asJson(value: unknown): string {
  // The texts above hold no dates, the one kind of Read that is no Value.
  return pythonJson(value as Value)
}
