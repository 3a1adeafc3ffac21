import { type Sql, sql } from '../db/sql.ts'
import {
  conditionOf,
  invalidAttribute,
  invalidEntity,
  listOperators,
  numberCondition,
  textCondition,
  textOperators,
} from '../search/conditions.ts'
import { type Keyset, keyset, type SortKey } from '../search/keyset.ts'
import { type Comparison, parseFilter } from '../search/parse-filter.ts'
import { parseOrder, refuseDuplicates } from '../search/parse-order.ts'

const numbers: Record<string, Sql> = {
  creation_time: sql`e.creation_time`,
  last_update_time: sql`e.last_update_time`,
}
const filterKeys = ['name', 'experiment_id', ...Object.keys(numbers)]
const orderKeys = ['name', 'experiment_id', ...Object.keys(numbers)]

/** A filter of experiments (alias `e`) as a condition. @throws {MlflowError} 400 */
export function experimentFilter(text: string | undefined): Sql {
  return conditionOf(parseFilter(text), compare)
}

/** An order of experiments; newest first without one. @throws {MlflowError} 400 */
export function experimentOrder(items: readonly string[]): Keyset {
  const orders = parseOrder(items)
  if (orders.length === 0) {
    return keyset([
      { expression: sql`e.creation_time`, descending: true, type: 'bigint' },
      { expression: sql`e.experiment_id`, descending: false, type: 'bigint' },
    ])
  }
  const keys = orders.map(({ entity, key, descending, text }): SortKey & { name: string } => {
    if (entity !== undefined && !isAttribute(entity)) throw invalidEntity({ entity, text }, ['attribute'])
    if (key === 'name') return { name: key, expression: sql`e.name`, descending, type: 'text' }
    if (key === 'experiment_id') return { name: key, expression: sql`e.experiment_id`, descending, type: 'bigint' }
    const column = Object.hasOwn(numbers, key) ? numbers[key] : undefined
    if (!column) throw invalidAttribute(key, orderKeys)
    return { name: key, expression: column, descending, type: 'bigint' }
  })
  refuseDuplicates(keys.map((key) => key.name))
  return keyset([...keys, { expression: sql`e.experiment_id`, descending: true, type: 'bigint' }])
}

function compare(comparison: Comparison): Sql {
  const { entity, key } = comparison
  if (entity === 'tag' || entity === 'tags') return tagCondition(comparison)
  if (entity !== undefined && !isAttribute(entity)) throw invalidEntity(comparison, ['attribute', 'tag'])
  const operators = [...textOperators, ...listOperators]
  if (key === 'name') return textCondition(sql`e.name`, comparison, operators)
  if (key === 'experiment_id') return textCondition(sql`e.experiment_id::text`, comparison, operators)
  const column = Object.hasOwn(numbers, key) ? numbers[key] : undefined
  if (!column) throw invalidAttribute(key, filterKeys)
  return numberCondition(column, comparison, { type: 'bigint', what: `attribute ${key}` })
}

function tagCondition(comparison: Comparison): Sql {
  const found = (rest: Sql) =>
    sql`exists (select from experiment_tags t where t.experiment_id = e.experiment_id and t.key = ${comparison.key} and ${rest})`
  if (comparison.operator === 'IS NOT NULL') return found(sql`true`)
  if (comparison.operator === 'IS NULL') return sql`not ${found(sql`true`)}`
  return found(textCondition(sql`t.value`, comparison))
}

function isAttribute(entity: string): boolean {
  return entity === 'attribute' || entity === 'attributes' || entity === 'attr'
}
