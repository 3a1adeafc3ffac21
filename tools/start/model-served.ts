import { setTimeout as pause } from 'node:timers/promises'

/**
 * Waits until the prediction app has taken the model that a repro has just published.
 * @param uri of the prediction app
 * @returns false where it serves none after `withinMs`: there may be none.
 */
export async function isModelServed(
  uri: string,
  { withinMs, signal }: { readonly withinMs: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (!signal.aborted) {
    const { status } = await fetch(`${uri}/ping`)
    if (status === 200) return true
    if (performance.now() > deadline) return false
    await pause(50)
  }
  return false
}
