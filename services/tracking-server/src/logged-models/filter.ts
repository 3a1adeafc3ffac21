import { joined, type Sql, sql } from '../db/sql.ts'
import {
  conditionOf,
  invalidAttribute,
  invalidEntity,
  listOperators,
  numberCondition,
  textCondition,
  textOperators,
} from '../search/conditions.ts'
import { type Keyset, keyset, nullsLast, type SortKey } from '../search/keyset.ts'
import { type Comparison, parseFilter } from '../search/parse-filter.ts'
import { refuseDuplicates } from '../search/parse-order.ts'

export interface DatasetChoice {
  readonly dataset_name: string
  readonly dataset_digest?: string | undefined
}

export interface ModelOrder {
  readonly field_name: string
  readonly ascending?: boolean | undefined
  readonly dataset_name?: string | undefined
  readonly dataset_digest?: string | undefined
}

const columns: Record<string, { column: Sql; type: SortKey['type'] }> = {
  name: { column: sql`l.name`, type: 'text' },
  model_id: { column: sql`l.model_id`, type: 'text' },
  model_type: { column: sql`l.model_type`, type: 'text' },
  source_run_id: { column: sql`l.source_run_id`, type: 'text' },
  experiment_id: { column: sql`l.experiment_id`, type: 'bigint' },
  status: { column: sql`l.status`, type: 'bigint' },
  creation_timestamp: { column: sql`l.creation_timestamp`, type: 'bigint' },
  creation_time: { column: sql`l.creation_timestamp`, type: 'bigint' },
  last_updated_timestamp: { column: sql`l.last_updated_timestamp`, type: 'bigint' },
}

/**
 * A filter of logged models (alias `l`).
 * @param datasets restrict the points that metric comparisons look at; without such a comparison, a model must
 * have a point on one of them
 */
export function loggedModelFilter(text: string | undefined, datasets: readonly DatasetChoice[]): Sql {
  let comparesMetric = false
  const condition = conditionOf(parseFilter(text), (comparison) => {
    const { entity, key } = comparison
    if (entity === 'metrics') {
      comparesMetric = true
      const value = numberCondition(sql`x.value`, comparison, { what: 'metric' })
      return measured(sql`x.key = ${key} and ${value} and x.value <> 'NaN'`, datasets)
    }
    return compare(comparison)
  })
  if (comparesMetric || datasets.length === 0) return condition
  return sql`${condition} and ${measured(sql`true`, datasets)}`
}

/** An order of logged models; newest first without one. */
export function loggedModelOrder(orders: readonly ModelOrder[]): Keyset {
  refuseDuplicates(orders.map((order) => JSON.stringify(order)))
  return keyset([
    ...orders.flatMap(sortKeys),
    { expression: sql`l.creation_timestamp`, descending: true, type: 'bigint' },
    { expression: sql`l.model_id`, descending: false, type: 'text' },
  ])
}

function compare(comparison: Comparison): Sql {
  const { entity, key } = comparison
  switch (entity) {
    case undefined:
    case 'attributes':
      return attributeCondition(comparison)
    case 'params':
      return sql`exists (select from logged_model_params p where p.model_id = l.model_id and p.key = ${key}
        and ${textCondition(sql`p.value`, comparison, [...textOperators, ...listOperators])})`
    case 'tags':
      return sql`exists (select from logged_model_tags t where t.model_id = l.model_id and t.key = ${key}
        and ${textCondition(sql`t.value`, comparison, [...textOperators, ...listOperators])})`
    default:
      throw invalidEntity(comparison, ['attributes', 'metrics', 'params', 'tags'])
  }
}

function attributeCondition(comparison: Comparison): Sql {
  const known = Object.hasOwn(columns, comparison.key) ? columns[comparison.key] : undefined
  if (!known) throw invalidAttribute(comparison.key, Object.keys(columns))
  if (known.type === 'text') return textCondition(known.column, comparison, [...textOperators, ...listOperators])
  return numberCondition(known.column, comparison, { type: 'bigint', what: `attribute ${comparison.key}` })
}

function measured(rest: Sql, datasets: readonly DatasetChoice[]): Sql {
  const on = datasets.map(({ dataset_name, dataset_digest }) =>
    dataset_digest === undefined
      ? sql`x.dataset_name = ${dataset_name}`
      : sql`(x.dataset_name = ${dataset_name} and x.dataset_digest = ${dataset_digest})`,
  )
  const among = on.length > 0 ? sql` and (${joined(on, ' or ')})` : sql``
  return sql`exists (select from logged_model_metrics x where x.model_id = l.model_id and ${rest}${among})`
}

function sortKeys(order: ModelOrder): SortKey[] {
  const descending = order.ascending === false
  const [, metric] = /^metrics\.(.+)$/s.exec(order.field_name) ?? []
  if (metric !== undefined) {
    const on = [
      ...(order.dataset_name === undefined ? [] : [sql` and x.dataset_name = ${order.dataset_name}`]),
      ...(order.dataset_digest === undefined ? [] : [sql` and x.dataset_digest = ${order.dataset_digest}`]),
    ]
    const value = sql`(select nullif(x.value, 'NaN') from logged_model_metrics x
      where x.model_id = l.model_id and x.key = ${metric}${joined(on, '')} order by x.timestamp desc, x.step desc limit 1)`
    return nullsLast({ expression: value, descending, type: 'double precision' })
  }
  const key = order.field_name.replace(/^attributes\./, '')
  const known = Object.hasOwn(columns, key) ? columns[key] : undefined
  if (!known) throw invalidAttribute(order.field_name, [...Object.keys(columns), 'metrics.<name>'])
  return nullsLast({ expression: known.column, descending, type: known.type })
}
