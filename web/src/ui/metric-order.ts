/** Orders metric keys by what a reader asks for first: the test set, held-out data, then all else by name. */
export function byImportance(a: string, b: string): number {
  return rank(a) - rank(b) || a.localeCompare(b, undefined, { numeric: true })
}

function rank(key: string): number {
  const [first = ''] = key.split(/[._/: -]/).filter((word) => word !== 'best')
  if (/^test/i.test(first)) return 0
  return /^(val|eval|valid)/i.test(first) ? 1 : 2
}
