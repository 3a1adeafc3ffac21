/** Something in the project that the user has to put right. Nothing was changed. */
export class PipelineError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PipelineError'
  }
}

/** A path, name or value inside a message. */
export function quote(text: string): string {
  return JSON.stringify(text)
}
