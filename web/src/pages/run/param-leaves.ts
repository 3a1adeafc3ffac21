/** @returns the values within nested params by dotted key, as JSON text; a list is one value. */
export function paramLeaves(params: Readonly<Record<string, unknown>>, before = ''): { key: string; text: string }[] {
  return Object.entries(params).flatMap(([name, value]) => {
    const key = `${before}${name}`
    const isTree = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
    return isTree ? paramLeaves({ ...value }, `${key}.`) : [{ key, text: JSON.stringify(value) ?? 'undefined' }]
  })
}
