import { joined, type Sql, sql, verbatim } from '../db/sql.ts'
import { invalid } from '../http/mlflow-error.ts'
import type { Comparison, Filter, Operator } from './parse-filter.ts'

/** @returns the filter as a condition; what one comparison means is the noun's own business. */
export function conditionOf(filter: Filter | undefined, compare: (comparison: Comparison) => Sql): Sql {
  if (!filter) return sql`true`
  switch (filter.kind) {
    case 'comparison':
      return compare(filter)
    case 'not':
      return sql`not (${conditionOf(filter.part, compare)})`
    case 'and':
    case 'or':
      return sql`(${joined(
        filter.parts.map((part) => conditionOf(part, compare)),
        ` ${filter.kind} `,
      )})`
    default:
      return filter satisfies never
  }
}

export const textOperators = ['=', '!=', 'LIKE', 'ILIKE'] as const satisfies Operator[]
export const listOperators = ['IN', 'NOT IN'] as const satisfies Operator[]
export const numberOperators = ['=', '!=', '>', '>=', '<', '<='] as const satisfies Operator[]

/** @returns `column <operator> <quoted text>`, or `column in (…)`. @throws {MlflowError} 400 for other operators and values. */
export function textCondition(
  column: Sql,
  { operator, value, text }: Comparison,
  allowed: readonly Operator[] = textOperators,
): Sql {
  requireOperator(operator, allowed, text)
  if (value.kind === 'list') {
    const list = sql`(${column} = any(${value.items.map(String)}::text[]))`
    return operator === 'NOT IN' ? sql`not ${list}` : list
  }
  if (value.kind !== 'text') {
    throw invalid(`Expected a quoted string value for '${text}'. Quote the value with single or double quotes`)
  }
  if (/LIKE$/.test(operator) && /(?<!\\)(\\\\)*\\$/.test(value.text)) {
    throw invalid(
      `Invalid clause(s) in filter string: the pattern in '${text}' ends with a lone backslash. Write \\\\ for one`,
    )
  }
  return sql`${column} ${verbatim(sqlOperators[operator])} ${value.text}`
}

/** @returns `column <operator> <number>`. @throws {MlflowError} 400 for other operators and values. */
export function numberCondition(
  column: Sql,
  { operator, value, text }: Comparison,
  { type = 'double precision', what }: { type?: 'double precision' | 'bigint'; what: string },
): Sql {
  requireOperator(operator, numberOperators, text)
  if (value.kind !== 'number') {
    throw invalid(`Expected numeric value type for ${what}. Found '${text}'. Numbers stand without quotes`)
  }
  // whole numbers compare as such where they can, so that an index on the column serves
  const bound =
    type === 'bigint' && Number.isSafeInteger(value.value)
      ? sql`${value.value}::bigint`
      : sql`${value.value}::double precision`
  return sql`${column} ${verbatim(sqlOperators[operator])} ${bound}`
}

export function requireOperator(operator: Operator, allowed: readonly Operator[], text: string): void {
  if (allowed.includes(operator)) return
  throw invalid(
    `Invalid comparator '${operator}' in '${text}': not one of ${allowed.map((one) => `'${one}'`).join(', ')}`,
  )
}

export function invalidEntity(comparison: { entity: string | undefined; text: string }, known: readonly string[]) {
  return invalid(
    `Invalid entity type '${comparison.entity}' in '${comparison.text}'. Valid entity types are ${known.join(', ')}`,
  )
}

export function invalidAttribute(key: string, known: readonly string[]) {
  return invalid(`Invalid attribute key '${key}' specified. Valid keys are ${known.join(', ')}`)
}

const sqlOperators: Record<Operator, string> = {
  '=': '=',
  '!=': '<>',
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
  LIKE: 'like',
  ILIKE: 'ilike',
  IN: 'in',
  'NOT IN': 'not in',
  'IS NULL': 'is null',
  'IS NOT NULL': 'is not null',
}
