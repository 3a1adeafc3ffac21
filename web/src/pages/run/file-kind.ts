export type FileKind = 'image' | 'json' | 'table' | 'html' | 'text' | 'unknown'

const kinds: Record<Exclude<FileKind, 'unknown'>, RegExp> = {
  image: /\.(png|jpe?g|gif|webp|bmp|svg)$/i,
  json: /\.(json|geojson|ipynb|vl\.json)$/i,
  table: /\.(csv|tsv)$/i,
  html: /\.html?$/i,
  text: /(\.(txt|log|md|rst|ya?ml|toml|ini|cfg|conf|xml|js|mjs|cjs|ts|tsx|jsx|py|r|java|c|h|cpp|go|rs|sh|sql|css|diff|patch|jsonl|lock|err|env)|(^|\/)(MLmodel|Dockerfile|Makefile|LICENSE|README))$/i,
}

/** @returns how a file is previewed, by its name; `unknown` ones are looked into. */
export function kindOfFile(path: string): FileKind {
  for (const [kind, names] of Object.entries(kinds)) if (names.test(path)) return kind as keyof typeof kinds // the table's own keys
  return 'unknown'
}

/** @returns the media type of an image by its name: the server sends bytes without one. */
export function imageType(path: string): string {
  const ending = /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  const types: Record<string, string> = { svg: 'image/svg+xml', jpg: 'image/jpeg' }
  return types[ending] ?? `image/${ending}`
}

/** @returns whether bytes are text: no NUL, valid UTF-8 (a character cut at the end is fine). */
export function looksLikeText(bytes: Uint8Array): boolean {
  if (bytes.includes(0)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true })
    return true
  } catch {
    return false
  }
}
