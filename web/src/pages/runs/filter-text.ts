/**
 * @returns the server's filter for what stands in the filter box: words without an operator mean "the name contains
 * them"; anything else goes to the server as it is.
 */
export function filterOf(text: string): string {
  const words = text.trim()
  if (words === '' || !isPlain(words)) return words
  return `attributes.run_name ILIKE '%${words.replace(/[\\%_]/g, '\\$&')}%'`
}

export function isPlain(words: string): boolean {
  return /^[\p{L}\p{N}_.\- ]+$/u.test(words) && !/\b(is|in|like|ilike|and|or|not|between)\b/i.test(words)
}
