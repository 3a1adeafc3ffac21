/** Rows of a request before they are checked: values by column, with the words for where each row stands. */
export interface Batch {
  readonly rows: number
  /** Values by column name; `undefined` where a row leaves the column out. */
  readonly columns: ReadonlyMap<string, readonly unknown[]>
  /** json: a number is a number; text: everything is a string and is read by the column's type. */
  readonly kind: 'json' | 'text'
  /** @returns a value's place as its sender finds it: `instances[3]`, `inputs["carat"][3]`, `line 5`. */
  readonly where: (row: number, column: string) => string
  /** Of a text: the line that was read as column names, in words, and what to send where it is none. */
  readonly header?: string
}
