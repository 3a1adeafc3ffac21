/** Content types by file name, as MLflow gives them (mime_type_utils.py, 3.6): code and configuration read as text. */
export function contentTypeOf(path: string): string {
  const name = path.split('/').at(-1) ?? ''
  if (asText.has(name)) return 'text/plain'
  const extension = name.includes('.') ? (name.split('.').at(-1) ?? '').toLowerCase() : ''
  if (asText.has(extension)) return 'text/plain'
  return byExtension[extension] ?? 'application/octet-stream'
}

const asText = new Set(
  'txt log err cfg conf cnf cf ini properties prop hocon toml yaml yml xml json js py py3 csv tsv md rst MLmodel mlproject'.split(
    ' ',
  ),
)

const byExtension: Readonly<Record<string, string>> = {
  avif: 'image/avif',
  bmp: 'image/bmp',
  css: 'text/css',
  gif: 'image/gif',
  gz: 'application/gzip',
  htm: 'text/html',
  html: 'text/html',
  ico: 'image/vnd.microsoft.icon',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  parquet: 'application/vnd.apache.parquet',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  tar: 'application/x-tar',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  wav: 'audio/wav',
  webm: 'video/webm',
  webp: 'image/webp',
  zip: 'application/zip',
}
