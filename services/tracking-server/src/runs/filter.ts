import { type Sql, sql } from '../db/sql.ts'
import {
  conditionOf,
  invalidAttribute,
  invalidEntity,
  listOperators,
  numberCondition,
  requireOperator,
  textCondition,
  textOperators,
} from '../search/conditions.ts'
import { type Keyset, keyset, nullsLast, type SortKey } from '../search/keyset.ts'
import { type Comparison, parseFilter } from '../search/parse-filter.ts'
import { type Order, parseOrder, refuseDuplicates } from '../search/parse-order.ts'

type Entity = 'metric' | 'param' | 'tag' | 'attribute' | 'dataset'

const entities: Record<string, Entity> = {
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  dataset: 'dataset',
  datasets: 'dataset',
}

const textAttributes: Record<string, Sql> = {
  run_id: sql`r.run_id`,
  run_name: sql`r.run_name`,
  status: sql`r.status`,
  user_id: sql`r.user_id`,
  artifact_uri: sql`r.artifact_uri`,
}
const numberAttributes: Record<string, Sql> = { start_time: sql`r.start_time`, end_time: sql`r.end_time` }
const attributeNames = [...Object.keys(textAttributes), ...Object.keys(numberAttributes)]
const aliases: Record<string, string> = {
  created: 'start_time',
  Created: 'start_time',
  'run name': 'run_name',
  'Run name': 'run_name',
  'Run Name': 'run_name',
}

/**
 * A filter of runs (alias `r`) as a condition. Each comparison is an EXISTS on a primary key, so runs are
 * never doubled. @throws {MlflowError} 400
 */
export function runFilter(text: string | undefined): Sql {
  return conditionOf(parseFilter(text), compare)
}

/** An order of runs; without one the newest first, then by run_id. @throws {MlflowError} 400 */
export function runOrder(items: readonly string[]): Keyset {
  const columns = parseOrder(items).map(sortColumn)
  refuseDuplicates(columns.map((column) => column.name))
  const names = new Set(columns.map((column) => column.name))
  const keys = columns.flatMap((column) => column.keys)
  if (!names.has('attribute start_time')) {
    keys.push({ expression: sql`r.start_time`, descending: true, type: 'bigint' })
  }
  if (!names.has('attribute run_id')) keys.push({ expression: sql`r.run_id`, descending: false, type: 'text' })
  return keyset(keys)
}

function compare(comparison: Comparison): Sql {
  switch (entityOf(comparison)) {
    case 'metric':
      return sql`exists (select from metric_series m where m.run_no = r.run_no and m.key = ${comparison.key}
        and ${metricCondition(comparison)})`
    case 'param':
      return keyed(sql`params`, comparison)
    case 'tag':
      return keyed(sql`tags`, comparison)
    case 'dataset':
      return datasetCondition(comparison)
    case 'attribute':
      return attributeCondition(comparison)
  }
}

/** NaN differs from every number and compares with none, where PostgreSQL takes it for the greatest. */
function metricCondition(comparison: Comparison): Sql {
  const condition = numberCondition(sql`m.value`, comparison, { what: 'metric' })
  return comparison.operator === '!=' ? condition : sql`${condition} and m.value <> 'NaN'`
}

function keyed(table: Sql, comparison: Comparison): Sql {
  const found = (rest: Sql) =>
    sql`exists (select from ${table} p where p.run_no = r.run_no and p.key = ${comparison.key} and ${rest})`
  if (comparison.operator === 'IS NOT NULL') return found(sql`true`)
  if (comparison.operator === 'IS NULL') return sql`not ${found(sql`true`)}`
  return found(textCondition(sql`p.value`, comparison))
}

function datasetCondition(comparison: Comparison): Sql {
  const columns: Record<string, Sql> = { name: sql`d.name`, digest: sql`d.digest`, context: sql`i.context` }
  const column = Object.hasOwn(columns, comparison.key) ? columns[comparison.key] : undefined
  if (!column) throw invalidAttribute(comparison.key, Object.keys(columns))
  return sql`exists (select from dataset_inputs i join datasets d using (dataset_no)
    where i.run_no = r.run_no and ${textCondition(column, comparison, [...textOperators, ...listOperators])})`
}

function attributeCondition(comparison: Comparison): Sql {
  const key = attributeKey(comparison.key)
  const text = Object.hasOwn(textAttributes, key) ? textAttributes[key] : undefined
  if (text) {
    const allowed = key === 'run_id' ? [...textOperators, ...listOperators] : textOperators
    return textCondition(text, comparison, allowed)
  }
  const number = Object.hasOwn(numberAttributes, key) ? numberAttributes[key] : undefined
  if (!number) throw invalidAttribute(comparison.key, attributeNames)
  requireOperator(comparison.operator, ['=', '!=', '>', '>=', '<', '<='], comparison.text)
  return numberCondition(number, comparison, { type: 'bigint', what: `attribute ${key}` })
}

function sortColumn(order: Order): { name: string; keys: SortKey[] } {
  const { descending, key } = order
  switch (entityOf(order)) {
    case 'metric':
      return { name: `metric ${key}`, keys: metricKeys(key, descending) }
    case 'param':
      return { name: `param ${key}`, keys: valueKeys(sql`params`, key, descending) }
    case 'tag':
      return { name: `tag ${key}`, keys: valueKeys(sql`tags`, key, descending) }
    case 'dataset':
      throw invalidEntity(order, ['metric', 'parameter', 'tag', 'attribute'])
    case 'attribute':
      return attributeKeys(order)
  }
}

/** Numbers first, then NaN, then runs without the metric, in both directions. */
function metricKeys(key: string, descending: boolean): SortKey[] {
  const value = sql`(select m.value from metric_series m where m.run_no = r.run_no and m.key = ${key})`
  return [
    {
      expression: sql`coalesce((select case when m.value = 'NaN' then 1 else 0 end from metric_series m
        where m.run_no = r.run_no and m.key = ${key}), 2)`,
      descending: false,
      type: 'bigint',
    },
    { expression: sql`coalesce(nullif(${value}, 'NaN'), 0)`, descending, type: 'double precision' },
  ]
}

function valueKeys(table: Sql, key: string, descending: boolean): SortKey[] {
  const value = sql`(select p.value from ${table} p where p.run_no = r.run_no and p.key = ${key})`
  return nullsLast({ expression: value, descending, type: 'text' })
}

function attributeKeys({ key: written, descending }: Order): { name: string; keys: SortKey[] } {
  const key = written.includes(' ') ? written : attributeKey(written)
  const name = `attribute ${key}`
  if (Object.hasOwn(textAttributes, key)) {
    return { name, keys: [{ expression: textAttributes[key] ?? sql`''`, descending, type: 'text' }] }
  }
  if (key === 'start_time') return { name, keys: [{ expression: sql`r.start_time`, descending, type: 'bigint' }] }
  if (key === 'end_time') return { name, keys: nullsLast({ expression: sql`r.end_time`, descending, type: 'bigint' }) }
  throw invalidAttribute(written, attributeNames)
}

function attributeKey(key: string): string {
  return Object.hasOwn(aliases, key) ? (aliases[key] ?? key) : key
}

function entityOf(named: { entity: string | undefined; text: string }): Entity {
  if (named.entity === undefined) return 'attribute'
  const entity = Object.hasOwn(entities, named.entity) ? entities[named.entity] : undefined
  if (!entity) throw invalidEntity(named, ['metric', 'parameter', 'tag', 'attribute', 'dataset'])
  return entity
}
