/** Why the native TensorFlow cannot be installed, and the way out: what the user is told instead of a stack. */
export class InstallError extends Error {
  override readonly name = 'InstallError'
  readonly hint: string

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.hint = hint
  }
}
