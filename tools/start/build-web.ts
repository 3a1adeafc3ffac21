import { execFile } from 'node:child_process'
import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { StartError } from './start-error.ts'

const run = promisify(execFile)

/** What the built pages are made of. */
const sources = [
  'web/src',
  'web/index.html',
  'web/vite.config.ts',
  'web/package.json',
  'packages/contract/src',
  'packages/client/src',
  'package-lock.json',
]

/**
 * Builds the web UI into `web/dist` if a source is newer than the build. The build appears under its name when it is
 * whole, and the old one stays until then.
 * @returns whether it was built.
 * @throws {StartError} where vite refuses, the signal's reason where it is aborted
 */
export async function buildWeb(root: string, signal = new AbortController().signal): Promise<boolean> {
  const dist = join(root, 'web', 'dist')
  const built = await modified(join(dist, 'index.html'))
  if (built !== undefined && built >= (await newest(root))) return false
  const beside = `${dist}-${process.pid}`
  try {
    await run(
      process.execPath,
      [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', beside, '--emptyOutDir', '--logLevel', 'warn'],
      // Else tests, which set NODE_ENV, would leave a development build behind for the next start.
      { cwd: join(root, 'web'), env: { ...process.env, NODE_ENV: 'production' }, signal },
    )
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    signal.throwIfAborted()
    const said = error instanceof Error && 'stderr' in error ? `\n${String(error.stderr).trim()}` : ''
    throw new StartError(
      `Cannot build the web UI: vite build failed${said}`,
      'Mend what it names under web/, then start again',
    )
  }
  await rm(dist, { recursive: true, force: true })
  await rename(beside, dist)
  return true
}

async function newest(root: string): Promise<number> {
  const times = await Promise.all(sources.map((source) => newestBelow(join(root, source))))
  return Math.max(...times)
}

async function newestBelow(path: string): Promise<number> {
  const entry = await stat(path)
  if (!entry.isDirectory()) return entry.mtimeMs
  const below = await readdir(path, { recursive: true, withFileTypes: true })
  const times = await Promise.all(below.map(async (item) => (await stat(join(item.parentPath, item.name))).mtimeMs))
  return Math.max(entry.mtimeMs, ...times)
}

async function modified(file: string): Promise<number | undefined> {
  const entry = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return entry?.mtimeMs
}
