/** The backend that was asked for cannot be used here. */
export class BackendError extends Error {
  override readonly name = 'BackendError'
}
