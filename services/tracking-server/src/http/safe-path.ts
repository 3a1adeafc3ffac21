import { invalid } from './mlflow-error.ts'

/**
 * The path of an artifact, from what a client sent: decoded once, without doubled or trailing slashes.
 * However often it is decoded further, it must stay a plain relative path.
 * @param encoded percent-encoded, as it stands in an address
 * @throws {MlflowError} 400 "Invalid path", MLflow's words
 */
export function safePath(encoded: string): string {
  const path = decode(encoded)
  let seen = path
  for (let round = 0; ; round++) {
    if (!isPlain(seen)) throw invalid('Invalid path')
    const next = decode(seen)
    if (next === seen) break
    if (round === 10) throw invalid('Invalid path')
    seen = next
  }
  return path.split('/').filter(Boolean).join('/')
}

/** As `safePath`, for a path that stands in a query or in a body: decoded already. */
export function safePlainPath(path: string): string {
  return safePath(path.replaceAll('%', '%25'))
}

/** Bytes that are no UTF-8 stay visible as U+FFFD, which no plain path holds. */
function decode(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    // a lone percent sign is a character like others, as for Python's unquote
    return text.replace(/(%[0-9a-fA-F]{2})+/g, (bytes) =>
      Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'),
    )
  }
}

function isPlain(path: string): boolean {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path) || /^[A-Za-z][A-Za-z0-9+.-]+:/.test(path)) return false
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u001f\u007f\\#\ufffd]/.test(path) || !path.isWellFormed()) return false
  return !path.split('/').some((segment) => segment === '..' || segment === '.')
}
