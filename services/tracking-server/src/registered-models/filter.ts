import { type Sql, sql } from '../db/sql.ts'
import { invalidAttribute, invalidEntity, textCondition } from '../search/conditions.ts'
import { type Keyset, keyset, type SortKey } from '../search/keyset.ts'
import type { Comparison } from '../search/parse-filter.ts'
import { parseOrder, refuseDuplicates } from '../search/parse-order.ts'
import { filterWithoutPrompts, promptTag } from '../search/prompts.ts'

/** A filter of registered models (alias `m`). Prompts are models too, and shown only to who asks for them. */
export function modelFilter(text: string | undefined): Sql {
  return filterWithoutPrompts(text, compare, tagged(promptTag, sql`t.value = 'true'`))
}

/** An order of registered models; by name without one. */
export function modelOrder(items: readonly string[]): Keyset {
  const keys = parseOrder(items).map(({ entity, key, descending, text }): SortKey & { name: string } => {
    if (entity !== undefined && !/^attr(ibutes?)?$/.test(entity)) throw invalidEntity({ entity, text }, ['attribute'])
    if (key === 'name') return { name: key, expression: sql`m.name`, descending, type: 'text' }
    if (key !== 'timestamp' && key !== 'last_updated_timestamp') {
      throw invalidAttribute(key, ['name', 'timestamp', 'last_updated_timestamp'])
    }
    return { name: 'last_updated_timestamp', expression: sql`m.last_updated_timestamp`, descending, type: 'bigint' }
  })
  refuseDuplicates(keys.map((key) => key.name))
  return keyset([...keys, { expression: sql`m.name`, descending: false, type: 'text' }])
}

function compare(comparison: Comparison): Sql {
  const { entity, key, operator } = comparison
  if (entity === 'tag' || entity === 'tags') {
    if (operator === 'IS NOT NULL') return tagged(key, sql`true`)
    if (operator === 'IS NULL') return sql`not ${tagged(key, sql`true`)}`
    return tagged(key, textCondition(sql`t.value`, comparison))
  }
  if (entity !== undefined && !/^attr(ibutes?)?$/.test(entity)) throw invalidEntity(comparison, ['attribute', 'tag'])
  if (key !== 'name') throw invalidAttribute(key, ['name'])
  return textCondition(sql`m.name`, comparison)
}

function tagged(key: string, rest: Sql): Sql {
  return sql`exists (select from registered_model_tags t where t.model_no = m.model_no and t.key = ${key} and ${rest})`
}
