import { createHash } from 'node:crypto'

/** MLflow's longest key (mlflow/utils/validation.py, 3.6), in characters. */
const longestKey = 250

/**
 * A key as MLflow takes it. What it refuses is written as the UTF-8 bytes in hex, percent-encoding with `:` for `%`,
 * which it refuses as well: `a@b` is `a:40b`. An overlong key ends in its MD5.
 */
export function paramKey(key: string): string {
  const encoded = key
    .replace(/[^\p{L}\p{N}_./\- :]/gu, hexBytes)
    // Names that would mean another path when read as one: a//b, a/./b, ../a, /a, a/
    .replace(/(?<=^|\/)(\.{1,2})(?=\/|$)/g, (dots) => hexBytes(dots))
    .replace(/^\/|(?<=\/)\/|\/$/g, hexBytes)
    .replace(/^\.\./, hexBytes)
  if (encoded.length <= longestKey) return encoded
  return `${encoded.slice(0, longestKey - 33)}-${createHash('md5').update(key).digest('hex')}`
}

function hexBytes(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `:${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
