import { execFile } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The machine lacks something that a suite needs; the message says what and how to get it. */
export class PrerequisiteError extends Error {
  override readonly name = 'PrerequisiteError'
}

/** By Python's version, since packages drop old ones: the requirements for pip. */
export type Packages = (python: readonly [number, number]) => readonly string[]

/**
 * @returns the Python of an environment of the suite's own that has the packages; made, or made anew, where it
 * is not there or holds others.
 * @throws {PrerequisiteError} without a Python ≥ 3.9, or where pip fails
 */
export async function pythonFor(root: string, suite: { name: string; packages: Packages }): Promise<string> {
  const version = await systemPython()
  const packages = suite.packages(version)
  const folder = join(root, '.waymark', 'compat-venv', suite.name)
  const stamp = join(folder, 'waymark-packages.txt')
  const wanted = `${version.join('.')}\n${packages.join('\n')}\n`
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return python
  console.log(`installing ${packages.join(', ')} for Python ${version.join('.')}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  await step(
    'make a Python environment',
    'python3',
    ['-m', 'venv', folder],
    'Install the venv module (Debian: apt install python3-venv)',
  )
  const words = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]
  await step(`install ${packages.join(' ')}`, python, words, 'See that a Python package index can be reached')
  await writeFile(stamp, wanted)
  return python
}

async function systemPython(): Promise<[number, number]> {
  const words = ['-c', 'import sys; print(*sys.version_info[:2])']
  const found = await run('python3', words).catch(() => undefined)
  const [major = 0, minor = 0] = (found?.stdout ?? '').trim().split(' ').map(Number)
  if (major === 3 && minor >= 9) return [major, minor]
  const what = found ? `python3 is ${major}.${minor}` : 'there is no python3'
  throw new PrerequisiteError(`Cannot run the Python clients: ${what}. Install Python 3.9 or newer`)
}

async function step(what: string, program: string, words: readonly string[], way: string): Promise<void> {
  await run(program, [...words], { maxBuffer: 64 * 1024 * 1024 }).catch((error: Error & { stderr?: string }) => {
    const said = (error.stderr ?? error.message).trim().split('\n').slice(-5).join('\n')
    throw new PrerequisiteError(`Cannot ${what}: ${said}\n${way}`, { cause: error })
  })
}
