import { randomUUID } from 'node:crypto'
import { chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { md5Of } from '@waymark/content-store/digest'
import { hasCode, isMissing } from '@waymark/content-store/fs-errors'
import { readTextOf } from '@waymark/content-store/read-text'
import { writeBeside } from '@waymark/content-store/write-beside'
import { PipelineError, quote } from './errors.ts'
import { endLeftovers } from './leftover-processes.ts'
import type { LockEntry } from './lock-entry.ts'
import { entryLines } from './lock-text.ts'
import { Lockfile } from './lockfile.ts'
import type { Project } from './project.ts'
import type { Stage } from './stage.ts'

/** The earlier outs of a stage while its command runs: out of its way, and back where it does not succeed. */
export interface OutsAside {
  /** Marks the command's processes (environment variable `WAYMARK_STAGE_TOKEN`), so that a later repro finds leftovers. */
  readonly token: string
  /** Where the earlier out of that absolute path is now; undefined where there was none. */
  placeOf(out: string): string | undefined
  /** Says that the lock is about to get this entry; from the moment it has it, the new outs count. */
  committing(entry: LockEntry): void
  /** The new outs stay. */
  drop(): Promise<void>
  /** What the command made goes, the earlier outs come back. */
  putBack(): Promise<void>
}

interface Journal {
  readonly token: string
  readonly lock: string
  readonly stage: string
  readonly moves: readonly Move[]
  /** All is aside, the command may have begun. */
  readonly begun?: boolean
  /** MD5 of the lock entry's text that ends the stage. */
  readonly entry?: string
}

interface Move {
  readonly out: string
  /** In the state folder, or beside the out where that is another file system. */
  readonly places: readonly [string, string]
  /** Whether something was there before. */
  readonly had: boolean
  /** The command is to find the out where it is: it gets a copy. */
  readonly persist: boolean
}

/**
 * Moves a stage's outs aside. What is moved where is written down first, so that `recoverOuts` can undo it after a
 * kill at any point.
 */
export async function moveOutsAside(project: Project, stage: Stage): Promise<OutsAside> {
  const token = randomUUID()
  const folder = join(asideFolder(project), token)
  const moves = stage.outs.map((out, i): Move => {
    const beside = join(dirname(out.at), `.${basename(out.at).slice(0, 100)}.${token}.aside`)
    const had = lstatSync(out.at, { throwIfNoEntry: false }) !== undefined
    return { out: out.at, places: [join(folder, String(i)), beside], had, persist: out.persist }
  })
  let journal: Journal = { token, lock: project.lock(stage).path, stage: stage.name, moves }
  const file = join(folder, 'journal.json')
  const write = () => writeBeside(file, JSON.stringify(journal))
  mkdirSync(folder, { recursive: true })
  write()
  try {
    for (const move of moves) if (move.had) await moveAside(move)
  } catch (error) {
    await putBack(folder, journal)
    throw error
  }
  journal = { ...journal, begun: true }
  write()
  return {
    token,
    placeOf: (out) => asideOf(moves.find((move) => move.out === out)),
    committing(entry) {
      if (!existsSync(file)) throw new TakenOverError(stage.address)
      journal = { ...journal, entry: entryHash(entry) }
      write()
    },
    drop: () => dropAside(folder, journal),
    // Without its journal another repro has put the outs back, and works on them now.
    putBack: async () => (existsSync(file) ? putBack(folder, journal) : undefined),
  }
}

/** This process was suspended for so long that another repro took it for dead. */
class TakenOverError extends Error {
  constructor(stage: string) {
    super(`Cannot keep what stage ${stage} made: another repro took over while this one was suspended. Start it again`)
    this.name = 'TakenOverError'
  }
}

/**
 * Ends what a killed repro began: its commands still running are ended, and the outs of a stage that had not come to
 * its end are put back as they were. To be called with the project's lock held.
 * @returns the stages whose outs were put back
 */
export async function recoverOuts(project: Project): Promise<string[]> {
  const recovered: string[] = []
  for (const name of listOr(asideFolder(project))) {
    const folder = join(asideFolder(project), name)
    const journal = readJournal(join(folder, 'journal.json'))
    if (!journal) {
      // Killed before anything was moved, or after everything was done.
      await rm(folder, { recursive: true, force: true })
      continue
    }
    await endLeftovers(journal.token)
    const locked = new Lockfile(journal.lock, basename(journal.lock)).get(journal.stage)
    if (journal.entry !== undefined && locked && entryHash(locked) === journal.entry) await dropAside(folder, journal)
    else {
      await putBack(folder, journal)
      recovered.push(journal.stage)
    }
  }
  return recovered
}

async function moveAside({ out, places: [place, beside], persist }: Move): Promise<void> {
  let aside = place
  try {
    renameSync(out, place)
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error
    renameSync(out, beside)
    aside = beside
  }
  if (!persist) return
  // A copy of its own also where the earlier out is a link into the cache, which must not be written to.
  await cp(aside, out, {
    recursive: true,
    preserveTimestamps: true,
    dereference: true,
    mode: constants.COPYFILE_FICLONE,
  })
  makeWritable(out)
}

function makeWritable(path: string): void {
  const { mode } = statSync(path)
  if ((mode & 0o200) === 0) chmodSync(path, mode | 0o200)
  if (!statSync(path).isDirectory()) return
  for (const name of readdirSync(path)) makeWritable(join(path, name))
}

async function putBack(folder: string, journal: Journal): Promise<void> {
  for (const { out, places, had } of journal.moves) {
    const aside = asideOf({ places })
    if (aside) {
      await rm(out, { recursive: true, force: true })
      mkdirSync(dirname(out), { recursive: true })
      renameSync(aside, out)
    } else if (!had && journal.begun) {
      await rm(out, { recursive: true, force: true })
    }
    // Else it was not moved yet, or has been put back already by a recovery that was killed in its turn.
  }
  await dropAside(folder, journal)
}

function asideOf(move: Pick<Move, 'places'> | undefined): string | undefined {
  return move?.places.find((place) => lstatSync(place, { throwIfNoEntry: false }))
}

async function dropAside(folder: string, journal: Journal): Promise<void> {
  for (const { places } of journal.moves) await rm(places[1], { recursive: true, force: true })
  // Without its journal, what is left of the folder is rubbish to any later repro.
  await rm(join(folder, 'journal.json'), { force: true })
  await rm(folder, { recursive: true, force: true })
}

function entryHash(entry: LockEntry): string {
  return md5Of(entryLines(entry).join('\n'))
}

function asideFolder(project: Project): string {
  return join(project.stateFolder, 'tmp', 'aside')
}

function readJournal(file: string): Journal | undefined {
  const text = readTextOf(file)
  if (text === undefined) return undefined
  try {
    // Written whole by this module.
    return JSON.parse(text) as Journal
  } catch (error) {
    // The machine lost power before the bytes were on disk: which out is which only the user can say.
    throw new PipelineError(
      `Cannot tell what a killed repro left in ${quote(dirname(file))}: its journal.json is damaged. The folder holds the earlier outs of one stage: take back what you need, then delete it`,
      { cause: error },
    )
  }
}

function listOr(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
