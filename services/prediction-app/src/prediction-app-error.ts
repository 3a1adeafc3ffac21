/** The app cannot start; the message says why and what to do. */
export class PredictionAppError extends Error {
  override readonly name = 'PredictionAppError'
}
