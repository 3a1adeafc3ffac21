/** The server's answer was not a success. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** MLflow's error code, or `HTTP_<status>` where the body had none. */
  readonly code: string
  readonly url: string

  constructor(words: { status: number; code: string; message: string; url: string }) {
    super(words.message)
    this.status = words.status
    this.code = words.code
    this.url = words.url
  }
}
