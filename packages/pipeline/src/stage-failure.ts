/** A stage that did not succeed; its lock entry and earlier outs are as they were. */
export class StageFailure extends Error {
  readonly exitCode: number | undefined

  constructor(message: string, options: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options)
    this.name = 'StageFailure'
    this.exitCode = options.exitCode
  }
}
