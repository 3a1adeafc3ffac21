/**
 * A piece of SQL with its values apart, so that no value can be read as SQL. Pieces nest: a piece among
 * the values is spliced in, anything else becomes a bound parameter.
 */
export class Sql {
  readonly strings: readonly string[]
  readonly values: readonly unknown[]

  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.strings = strings
    this.values = values
  }

  /** @returns the statement as PostgreSQL takes it: text with $1, $2, … and the values in that order. */
  toQuery(): { text: string; values: unknown[] } {
    const values: unknown[] = []
    return { text: write(this, values), values }
  }
}

export function sql(strings: TemplateStringsArray, ...values: unknown[]): Sql {
  return new Sql(strings, values)
}

/** @returns the pieces with `separator` between them. `separator` is SQL, never input. */
export function joined(pieces: readonly Sql[], separator: string): Sql {
  if (pieces.length === 0) return new Sql([''], [])
  return new Sql(['', ...pieces.slice(1).map(() => separator), ''], pieces)
}

/** @returns `text` as SQL, for words that the program itself chose (a column, a direction): never input. */
export function verbatim(text: string): Sql {
  return new Sql([text], [])
}

function write(piece: Sql, values: unknown[]): string {
  let text = piece.strings[0] ?? ''
  piece.values.forEach((value, index) => {
    if (value instanceof Sql) text += write(value, values)
    else text += `$${values.push(value)}`
    text += piece.strings[index + 1] ?? ''
  })
  return text
}
