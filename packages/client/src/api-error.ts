/** The server's answer was not a success. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** MLflow's error code, or `HTTP_<status>` where the body had none. */
  readonly code: string
  readonly url: string
  /** How long the server asks to wait before trying again, ms. */
  readonly retryAfterMs: number | undefined

  constructor(words: {
    status: number
    code: string
    message: string
    url: string
    retryAfterMs?: number | undefined
  }) {
    super(words.message)
    this.status = words.status
    this.code = words.code
    this.url = words.url
    this.retryAfterMs = words.retryAfterMs
  }
}
