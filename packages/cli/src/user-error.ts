/** Something that the person at the terminal can put right. */
export class UserError extends Error {
  override readonly name = 'UserError'
  /** For programs; never changes. */
  readonly code: string
  /** What to do next. */
  readonly hint: string

  constructor(code: string, words: { message: string; hint: string; cause?: unknown }) {
    super(words.message, { cause: words.cause })
    this.code = code
    this.hint = words.hint
  }
}

export function quote(value: string): string {
  return JSON.stringify(value)
}
