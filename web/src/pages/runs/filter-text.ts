/**
 * @returns the server's filter for what stands in the filter box: words without an operator mean "the name contains
 * them"; anything else goes to the server as it is.
 */
export function filterOf(text: string): string {
  const words = text.trim()
  if (words === '' || !isPlain(words)) return words
  return `attributes.run_name ILIKE '%${words.replace(/[\\%_]/g, '\\$&')}%'`
}

/**
 * @returns where in a refused filter the fault lies, in words: the place of what the server quotes last, if that stands
 * in the filter once; empty where it is not known.
 */
export function placeOfFault(filter: string, refusal: string): string {
  const [, quoted = ''] = [...refusal.matchAll(/'([^']+)'/g)].at(-1) ?? []
  const at = filter.indexOf(quoted)
  if (quoted === '' || at < 0 || filter.includes(quoted, at + 1)) return ''
  return ` (at character ${at + 1})`
}

export function isPlain(words: string): boolean {
  return /^[\p{L}\p{N}_.\- ]+$/u.test(words) && !/\b(is|in|like|ilike|and|or|not|between)\b/i.test(words)
}
