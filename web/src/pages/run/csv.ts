/** @returns the rows of a CSV text (RFC 4180: quoted fields may hold separators, line breaks and doubled quotes). */
export function parseCsv(text: string, separator: ',' | '\t' = ','): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let field = ''
  let isQuoted = false
  const body = text.startsWith('\ufeff') ? text.slice(1) : text
  for (let i = 0; i < body.length; i++) {
    const char = body[i]
    if (isQuoted) {
      if (char !== '"') field += char
      else if (body[i + 1] === '"') {
        field += '"'
        i += 1
      } else isQuoted = false
    } else if (char === '"' && field === '') isQuoted = true
    else if (char === separator) {
      row.push(field)
      field = ''
    } else if (char === '\n') {
      rows.push([...row, field.replace(/\r$/, '')])
      row = []
      field = ''
    } else field += char
  }
  if (field !== '' || row.length > 0) rows.push([...row, field])
  return rows
}
