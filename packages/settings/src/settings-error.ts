/** One thing that is wrong in a settings file. */
export interface Fault {
  /** The file as it was given, and the line (from 1) where one is known. */
  readonly file: string
  readonly line?: number
  /** Dotted path of the key, "" for the file as a whole. */
  readonly key: string
  /** What was expected, what was found and what to do, as one sentence part: `expected a number above 0, found "fast"`. */
  readonly words: string
}

/** A settings file that cannot be used. The message tells all of its faults, one a line. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    super(faults.map(sentence).join('\n'))
    this.faults = faults
  }
}

function sentence(fault: Fault): string {
  const place = fault.line === undefined ? fault.file : `${fault.file}:${fault.line}`
  return fault.key === '' ? `${place}: ${fault.words}` : `${place} ${fault.key}: ${fault.words}`
}
