import { mkdir, open, readFile, rename, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { FolderClaimedError } from '@waymark/tracking-server/db/folder-claim'
import { type Announcement, announcementIn, claimStateFolder } from '@waymark/tracking-server/state-folder'
import { StartError } from './start-error.ts'

/** Version of what lies in `.waymark/`; raised when an older program could no longer read it. */
const layoutVersion = 1
/** What a first start and a repro of the demo project need, with room to spare. */
const neededBytes = 300 * 2 ** 20

/** `.waymark/` of one project, held by one `npm start` or `waymark server` at a time. */
export interface StateFolder extends AsyncDisposable {
  readonly path: string
}

/**
 * Takes the project's `.waymark/` for this process.
 * @throws {StartError} where it is of a newer version, held by another `npm start` or `waymark server`, or on a full disk.
 */
export async function takeStateFolder(root: string): Promise<StateFolder> {
  const path = join(root, '.waymark')
  await mkdir(path, { recursive: true })
  await checkVersion(path)
  const claim = await claimStateFolder(path, 'npm start').catch(async (error: unknown) => {
    throw error instanceof FolderClaimedError ? await alreadyRuns(path, error) : error
  })
  try {
    await checkSpace(path)
  } catch (error) {
    await claim[Symbol.asyncDispose]()
    throw error
  }
  return { path, [Symbol.asyncDispose]: () => claim[Symbol.asyncDispose]() }
}

async function checkVersion(path: string): Promise<void> {
  const file = join(path, 'version')
  const text = await readIfThere(file)
  if (!text) {
    // Empty it was cut off by a power cut, and no program has worked in the folder before it was there.
    await using draft = await open(`${file}.new`, 'w')
    await draft.writeFile(`${layoutVersion}\n`)
    await draft.sync()
    await rename(`${file}.new`, file)
  } else if (Number(text) !== layoutVersion) {
    const found = /^\d+$/.test(text) ? `version ${text}` : `no version that can be read (${JSON.stringify(text)})`
    throw new StartError(
      `Cannot use ${path}: it has ${found}, and this Waymark knows version ${layoutVersion}`,
      'Update this checkout (git pull), or move the folder away to start with an empty one; nothing in it was changed',
    )
  }
}

async function checkSpace(path: string): Promise<void> {
  const { bavail, bsize } = await statfs(path)
  const free = bavail * bsize
  if (free >= neededBytes) return
  throw new StartError(
    `Cannot start: ${Math.floor(free / 2 ** 20)} MB are free on the disk of ${path}, and ${neededBytes / 2 ** 20} MB are needed`,
    'Free some space and start again; nothing was changed',
  )
}

async function alreadyRuns(path: string, error: FolderClaimedError): Promise<StartError> {
  const server = await readIfThere(announcementIn(path))
  if (server === undefined) return new StartError(error.message, 'It is still starting, or a container runs one here')
  // Written by the other server, whole or not at all.
  const { tracking_uri, pid } = JSON.parse(server) as Announcement
  return new StartError(
    `Cannot start: a server already runs in this folder, at ${tracking_uri} (process ${pid})`,
    `Use that one, or end it first: kill ${pid}`,
  )
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
