import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Csv, parseCsv } from '@waymark/model-kit/csv'
import type { DataSettings } from '@waymark/settings/data'
import { StageError } from '../stage.ts'

/**
 * Reads the CSV file that `data.source` names, as text.
 * @throws {StageError} where it is missing, empty, has no rows, or was written in another encoding or with another separator.
 */
export async function readSource(folder: string, { source, separator, encoding }: DataSettings): Promise<Csv> {
  const text = textOf(await readBytes(folder, source), { source, encoding })
  const csv = parseCsv(text, { separator })
  const [fault] = csv.faults
  if (csv.header.length === 0 && !fault)
    throw new StageError(`${source}: expected a header and rows, found an empty file`)
  if (fault && fault.line <= csv.headerLine)
    throw new StageError(`${source}:${fault.line}: the header cannot be read: ${fault.words}`)
  if (csv.records.length === 0 && !fault) throw new StageError(`${source}: expected rows, found a header alone`)
  const other = otherSeparator(csv, separator)
  if (other !== undefined)
    throw new StageError(
      `${source}:${csv.headerLine}: expected columns separated by ${JSON.stringify(separator)}, found one column. Set data.separator: ${JSON.stringify(other)} in config.yaml`,
    )
  return csv
}

async function readBytes(folder: string, source: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(folder, source))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    const words: Partial<Record<string, string>> = {
      ENOENT: `no file "${source}"`,
      ENOTDIR: `no file "${source}"`,
      EISDIR: `the folder "${source}"`,
      EACCES: `"${source}", which must not be read: give yourself the right to read it`,
      ERR_FS_FILE_TOO_LARGE: `"${source}", which is larger than 2 GB`,
    }
    const found = words[String(error.code)]
    if (found === undefined) throw error
    throw new StageError(`config.yaml data.source: expected a CSV file, found ${found}`)
  }
}

/** @throws {StageError} where the bytes are none of the encoding: read all the same, they would be other texts than were written. */
function textOf(bytes: Uint8Array, { source, encoding }: { source: string; encoding: string }): string {
  const marked = byteOrderMark(bytes) ?? encoding
  if (bytes.length > longestText)
    throw new StageError(
      `${source}: expected at most 500 MB, found ${Math.ceil(bytes.length / 1e6)} MB. Take a sample of its rows`,
    )
  try {
    return new TextDecoder(marked, { fatal: true }).decode(bytes)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const line = lineOfFault(bytes, marked)
    throw new StageError(
      `${source}:${line}: expected text in ${marked}, found bytes that are none. Set data.encoding in config.yaml to the one that it was written in, as latin1, or save it as UTF-8`,
    )
  }
}

/** Above this many bytes Node cannot hold them in one text. */
const longestText = 500_000_000

/** @returns the encoding that the first bytes name; undefined where they name none. */
function byteOrderMark([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined
}

/** The line of the first byte that does not fit: read again without complaint, U+FFFD stands in its place. */
function lineOfFault(bytes: Uint8Array, encoding: string): number {
  const [before = ''] = new TextDecoder(encoding).decode(bytes).split('\ufffd', 1)
  return before.split('\n').length
}

/** A header of one column that holds another usual separator was most likely written with that one. */
function otherSeparator({ header }: Csv, separator: string): string | undefined {
  if (header.length > 1) return undefined
  return [',', ';', '\t', '|'].find((one) => one !== separator && header[0]?.includes(one))
}
