import { expect, test } from 'vitest'
import { type Filter, parseFilter } from './parse-filter.ts'

test.each([
  ['metrics.acc > 0.5', 'metrics.acc > 0.5'],
  ["params.`a b` = 'x'", 'params.a b = x'],
  ['params."a-b" = "x"', 'params.a-b = x'],
  ["tags.mlflow.user != 'ann'", 'tags.mlflow.user != ann'],
  ["name = 'it''s'", "name = it''s"],
  ['metrics.val/loss <= -1e-3', 'metrics.val/loss <= -0.001'],
  ["a = '1' AND b = '2' and c = '3' AND", '(a = 1 and b = 2 and c = 3)'],
  ["a = '1' OR b = '2' AND c = '3'", '(a = 1 or (b = 2 and c = 3))'],
  ["(a = '1' OR b = '2') AND NOT c = '3'", '((a = 1 or b = 2) and not c = 3)'],
  ["NOT NOT a = '1'", 'a = 1'],
  ["run_id IN ('a', 'b')", 'run_id IN [a,b]'],
  ["run_id not in ('a')", 'run_id NOT IN [a]'],
  ['tags.x IS NOT NULL', 'tags.x IS NOT NULL'],
  ["params.x ilike '%A'", 'params.x ILIKE %A'],
  ['METRICS.x = 1', 'metrics.x = 1'],
  ['', ''],
])('%j is read as %j', (text, words) => {
  const filter = parseFilter(text)
  expect(filter ? show(filter) : '').toBe(words)
})

test.each([
  ['metrics.acc', /^Invalid clause\(s\) in filter string/],
  ['metrics.acc >', /it ends where a value/],
  ['metrics.acc > foo', /^Expected a quoted string value/],
  ["a = '1' b = '2'", /^Invalid clause\(s\) in filter string: 'b'/],
  ["a = '1'; drop table runs", /^Search filter contained multiple expression/],
  ["(a = '1'", /^Invalid clause/],
  ['a BETWEEN 1 AND 2', /^Invalid clause/],
  ["a = 'open", /^Invalid clause/],
  ['= 1', /^Invalid clause/],
  [`${'('.repeat(1000)}a = '1'${')'.repeat(1000)}`, /deeper than 50/],
  [Array.from({ length: 10_000 }, () => "a = '1'").join(' AND '), /more than 200 comparisons/],
  ['x'.repeat(1_000_001), /longer than 1000000/],
])('%# a filter that cannot be is refused in words', (text, message) => {
  expect(() => parseFilter(text)).toThrow(message)
})

function show(filter: Filter): string {
  if (filter.kind === 'not') return `not ${show(filter.part)}`
  if (filter.kind !== 'comparison') return `(${filter.parts.map(show).join(` ${filter.kind} `)})`
  const { entity, key, operator, value } = filter
  const words =
    value.kind === 'none'
      ? ''
      : value.kind === 'list'
        ? `[${value.items.join()}]`
        : value.kind === 'text'
          ? value.text
          : value.value
  return `${entity === undefined ? '' : `${entity}.`}${key} ${operator} ${words}`.trim()
}
