import { type Sql, sql } from '../db/sql.ts'
import {
  invalidAttribute,
  invalidEntity,
  listOperators,
  numberCondition,
  textCondition,
  textOperators,
} from '../search/conditions.ts'
import { type Keyset, keyset, type SortKey } from '../search/keyset.ts'
import type { Comparison } from '../search/parse-filter.ts'
import { parseOrder, refuseDuplicates } from '../search/parse-order.ts'
import { filterWithoutPrompts, promptTag } from '../search/prompts.ts'

const sortable: Record<string, Omit<SortKey, 'descending'>> = {
  name: { expression: sql`m.name`, type: 'text' },
  version_number: { expression: sql`v.version`, type: 'bigint' },
  creation_timestamp: { expression: sql`v.creation_timestamp`, type: 'bigint' },
  last_updated_timestamp: { expression: sql`v.last_updated_timestamp`, type: 'bigint' },
}

/** A filter of model versions (aliases `v`, `m`). Versions of prompts are shown only to who asks for them. */
export function versionFilter(text: string | undefined): Sql {
  return filterWithoutPrompts(text, compare, tagged(promptTag, sql`t.value = 'true'`))
}

/** An order of model versions; the last updated first without one. */
export function versionOrder(items: readonly string[]): Keyset {
  const keys = parseOrder(items).map(({ entity, key, descending, text }) => {
    if (entity !== undefined && !/^attr(ibutes?)?$/.test(entity)) throw invalidEntity({ entity, text }, ['attribute'])
    const column = Object.hasOwn(sortable, key) ? sortable[key] : undefined
    if (!column) throw invalidAttribute(key, Object.keys(sortable))
    return { name: key, key: { ...column, descending } }
  })
  refuseDuplicates(keys.map((key) => key.name))
  const newest: SortKey = { expression: sql`v.last_updated_timestamp`, type: 'bigint', descending: true }
  return keyset([
    ...(keys.length > 0 ? keys.map((key) => key.key) : [newest]),
    { expression: sql`m.name`, type: 'text', descending: false },
    { expression: sql`v.version`, type: 'bigint', descending: true },
  ])
}

function compare(comparison: Comparison): Sql {
  const { entity, key, operator } = comparison
  if (entity === 'tag' || entity === 'tags') {
    if (operator === 'IS NOT NULL') return tagged(key, sql`true`)
    if (operator === 'IS NULL') return sql`not ${tagged(key, sql`true`)}`
    return tagged(key, textCondition(sql`t.value`, comparison))
  }
  if (entity !== undefined && !/^attr(ibutes?)?$/.test(entity)) throw invalidEntity(comparison, ['attribute', 'tag'])
  switch (key) {
    case 'name':
      return textCondition(sql`m.name`, comparison)
    case 'run_id':
      return textCondition(sql`v.run_id`, comparison, [...textOperators, ...listOperators])
    case 'source_path':
      return textCondition(sql`v.source`, comparison)
    case 'version_number':
      return numberCondition(sql`v.version`, comparison, { type: 'bigint', what: 'attribute version_number' })
    default:
      throw invalidAttribute(key, ['name', 'version_number', 'run_id', 'source_path'])
  }
}

function tagged(key: string, rest: Sql): Sql {
  return sql`exists (select from model_version_tags t
    where t.model_no = v.model_no and t.version = v.version and t.key = ${key} and ${rest})`
}
