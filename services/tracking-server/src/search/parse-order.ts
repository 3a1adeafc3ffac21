import { invalid } from '../http/mlflow-error.ts'
import { excerpt, tokensOf } from './tokens.ts'

export interface Order {
  readonly entity: string | undefined
  readonly key: string
  readonly descending: boolean
  /** As written, for errors. */
  readonly text: string
}

const maxColumns = 20

/**
 * Reads `<column> [ASC|DESC]` items.
 * @throws {MlflowError} 400 for what is no column, and for more columns than anybody sorts by.
 */
export function parseOrder(items: readonly string[]): Order[] {
  if (items.length > maxColumns) throw invalid(`Invalid order_by: at most ${maxColumns} columns, got ${items.length}`)
  return items.map(parseItem)
}

/** @throws {MlflowError} 400 where two items name the same column. */
export function refuseDuplicates(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw invalid(`\`order_by\` contains duplicate fields: '${excerpt(twice, 0)}'`)
}

function parseItem(text: string): Order {
  const [name, direction, ...rest] = tokensOf(text, 'order_by clause')
  const isName = name?.kind === 'name' || (name?.kind === 'text' && name.quote === '"')
  const isDirection = direction === undefined || (direction.kind === 'word' && /^(ASC|DESC)$/.test(direction.word))
  if (!isName || !isDirection || rest.length > 0) {
    throw invalid(`Invalid order_by clause '${excerpt(text, 0)}'. Expected <column> [ASC|DESC]`)
  }
  const { entity, key } = name.kind === 'name' ? name : { entity: undefined, key: name.value }
  return {
    entity: entity?.toLowerCase(),
    key,
    descending: direction?.kind === 'word' && direction.word === 'DESC',
    text,
  }
}
