import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Csv, parseCsv } from '@waymark/model-kit/csv'
import type { DataSettings } from '@waymark/settings/data'
import { StageError } from '../stage.ts'

/**
 * Reads the CSV file that `data.source` names, as text.
 * @throws {StageError} where it is missing, empty, has no rows or was written with another separator.
 */
export async function readSource(folder: string, { source, separator }: DataSettings): Promise<Csv> {
  const text = await readFile(resolve(folder, source), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new StageError(`config.yaml data.source: expected a CSV file, found no file "${source}"`)
    if (error.code === 'EISDIR')
      throw new StageError(`config.yaml data.source: expected a CSV file, found the folder "${source}"`)
    throw error
  })
  const csv = parseCsv(text, { separator })
  const [fault] = csv.faults
  if (csv.header.length === 0 && !fault)
    throw new StageError(`${source}: expected a header and rows, found an empty file`)
  if (fault && fault.line <= csv.headerLine)
    throw new StageError(`${source}:${fault.line}: the header cannot be read: ${fault.words}`)
  if (csv.records.length === 0) throw new StageError(`${source}: expected rows, found a header alone`)
  const other = otherSeparator(csv, separator)
  if (other !== undefined)
    throw new StageError(
      `${source}:${csv.headerLine}: expected columns separated by ${JSON.stringify(separator)}, found one column. Set data.separator: ${JSON.stringify(other)} in config.yaml`,
    )
  return csv
}

/** A header of one column that holds another usual separator was most likely written with that one. */
function otherSeparator({ header }: Csv, separator: string): string | undefined {
  if (header.length > 1) return undefined
  return [',', ';', '\t', '|'].find((one) => one !== separator && header[0]?.includes(one))
}
