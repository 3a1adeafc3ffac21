import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { claimFolder } from './db/folder-claim.ts'

/**
 * The `.waymark` that holds the server's own database: `npm start` keeps its artifacts and the address of its server there
 * too, and `waymark server` goes on with all of it.
 * @returns undefined where the database lies elsewhere.
 */
export function stateFolderOf(embeddedDir: string): string | undefined {
  const folder = dirname(embeddedDir)
  return basename(folder) === '.waymark' ? folder : undefined
}

/**
 * Makes a `.waymark` that git ignores, and claims it: one process at a time says in it where its server is.
 * @throws {FolderClaimedError}
 */
export async function claimStateFolder(state: string, what: string): Promise<AsyncDisposable> {
  await mkdir(state, { recursive: true })
  await writeFile(join(state, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await using stack = new AsyncDisposableStack()
  stack.use(await claimFolder(state, what))
  await rm(announcementIn(state), { force: true }) // one that was killed has left its address
  return stack.move()
}

/** What programs in the folder of a `.waymark` are told of the servers that run there. */
export interface Announcement {
  readonly tracking_uri: string
  readonly prediction_uri?: string
  readonly pid: number
}

/** Tells `waymark repro` in the folder of this `.waymark` which server to log to, until disposal. */
export async function announce(state: string, place: Announcement): Promise<AsyncDisposable> {
  const file = announcementIn(state)
  await writeFile(`${file}.new`, `${JSON.stringify(place)}\n`)
  await rename(`${file}.new`, file)
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}

export function announcementIn(state: string): string {
  return join(state, 'server.json')
}
