/**
 * Leaves of nested maps by dotted key. Lists are leaves, and so are empty maps.
 * @param under key of the value itself
 */
export function* leavesOf(value: unknown, under: string): Generator<readonly [key: string, value: unknown]> {
  const entries = isMap(value) ? Object.entries(value) : []
  if (entries.length === 0) {
    yield [under, value]
    return
  }
  for (const [key, item] of entries) yield* leavesOf(item, under === '' ? key : `${under}.${key}`)
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
