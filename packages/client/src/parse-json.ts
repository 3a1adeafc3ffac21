/** @returns the value, undefined where the text is not JSON: cut off by a crash, or no answer of ours. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
