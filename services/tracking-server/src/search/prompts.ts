import { type Sql, sql } from '../db/sql.ts'
import { conditionOf } from './conditions.ts'
import { type Comparison, parseFilter } from './parse-filter.ts'

/** MLflow keeps prompts among its registered models, told apart by this tag. */
export const promptTag = 'mlflow.prompt.is_prompt'

/**
 * A filter of models or versions, as a condition. Those that are prompts are found only by who asks for them:
 * with the tag's `= 'true'`, or `!= 'false'`. The opposite also finds what has no such tag.
 * @param isPrompt the condition under which a row is a prompt
 */
export function filterWithoutPrompts(
  text: string | undefined,
  compare: (comparison: Comparison) => Sql,
  isPrompt: Sql,
): Sql {
  let isDecided = false
  const condition = conditionOf(parseFilter(text), (comparison) => {
    const { entity, key, operator, value } = comparison
    const isAboutPrompts = (entity === 'tag' || entity === 'tags') && key === promptTag
    if (!isAboutPrompts || value.kind !== 'text' || (operator !== '=' && operator !== '!=')) return compare(comparison)
    isDecided = true
    return (operator === '=') === (value.text.toLowerCase() === 'true') ? isPrompt : sql`not ${isPrompt}`
  })
  return isDecided ? condition : sql`${condition} and not ${isPrompt}`
}
