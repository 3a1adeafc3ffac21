import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, sep } from 'node:path'
import { ifWritable } from './fs-errors.ts'
import { writeBeside } from './write-beside.ts'

/** What tells that a file is still the one that was hashed. */
export interface FileStamp {
  readonly ino: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
  readonly size: bigint
}

/** The stamp as text, a blank, the MD5. */
type Row = string
const version = 2
/** A file changed this shortly before it was hashed may change again without its time moving (the clock's grain). */
export const clockGrainMs = 25

/**
 * Remembers the MD5 of files by inode, times and size, so that an unchanged file is not read again. It lives in one
 * file that is read when first asked, and may be deleted at any time.
 */
export class HashState {
  readonly #file: string
  readonly #prefix: string
  #rows: Map<string, Row> | undefined
  readonly #used = new Set<string>()
  #dirty = false

  /** @param root paths below it are kept relative to it, so that a host and a container agree */
  constructor(file: string, root: string) {
    this.#file = file
    this.#prefix = root.endsWith(sep) ? root : root + sep
  }

  /** The MD5 of an unchanged file, 32 hex digits; undefined where it must be read. */
  get(path: string, stamp: FileStamp): string | undefined {
    const key = this.#key(path)
    const row = this.#load().get(key)
    const text = stampText(stamp)
    if (row?.length !== text.length + 33 || !row.startsWith(text)) return undefined
    this.#used.add(key)
    return row.slice(-32)
  }

  /** @param hashedAt ms since epoch, from before the file was read */
  set(path: string, stamp: FileStamp, md5: string, hashedAt: number): void {
    const key = this.#key(path)
    if (Number(stamp.ctimeNs / 1_000_000n) > hashedAt - clockGrainMs) {
      this.#dirty = this.#load().delete(key) || this.#dirty
      return
    }
    this.#load().set(key, `${stampText(stamp)} ${md5}`)
    this.#used.add(key)
    this.#dirty = true
  }

  /** Writes what was learned. Rows nobody asked for in this session are dropped once they outnumber the others. */
  save(): void {
    if (!this.#dirty || !this.#rows) return
    const rows = this.#rows.size > 2 * this.#used.size + 10_000 ? this.#usedRows(this.#rows) : this.#rows
    // Where nothing can be written, the next look is slower, that is all.
    ifWritable(() => {
      mkdirSync(dirname(this.#file), { recursive: true })
      writeBeside(this.#file, JSON.stringify({ version, rows: Object.fromEntries(rows) }))
    })
    this.#dirty = false
  }

  #usedRows(rows: Map<string, Row>): Map<string, Row> {
    return new Map([...rows].filter(([key]) => this.#used.has(key)))
  }

  #key(path: string): string {
    return path.startsWith(this.#prefix) ? path.slice(this.#prefix.length) : path
  }

  #load(): Map<string, Row> {
    this.#rows ??= readRows(this.#file)
    return this.#rows
  }
}

/** A state that is missing, damaged or of another version is an empty one: it only saves work. */
function readRows(file: string): Map<string, Row> {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof value !== 'object' || value === null || !('version' in value) || value.version !== version)
      return new Map()
    if (!('rows' in value) || typeof value.rows !== 'object' || value.rows === null) return new Map()
    return new Map(Object.entries(value.rows).filter(isRow))
  } catch {
    return new Map()
  }
}

function isRow(entry: [string, unknown]): entry is [string, Row] {
  return typeof entry[1] === 'string'
}

function stampText(stamp: FileStamp): string {
  return `${stamp.ino} ${stamp.mtimeNs} ${stamp.ctimeNs} ${stamp.size}`
}
