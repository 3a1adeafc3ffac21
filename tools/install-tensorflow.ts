/** `npm run tensorflow`: the native TensorFlow for `training.backend: tensorflow`, built beside the project. */
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { sayTo } from './start/say.ts'
import { buildBinding } from './tensorflow/binding.ts'
import { checkTensorflow } from './tensorflow/check.ts'
import { InstallError } from './tensorflow/install-error.ts'
import { runTool } from './tensorflow/run-tool.ts'
import { checkWheel, downloadWheel, unpackWheel, type Wheel, wheelFor } from './tensorflow/wheel.ts'

const root = join(import.meta.dirname, '..')
const manifests = join(import.meta.dirname, 'tensorflow')
const folder = process.env['WAYMARK_TENSORFLOW'] || join(root, '.waymark', 'tensorflow')
/** The wheel, what is unpacked from it, and npm's packages, all at once. */
const neededBytes = 2 * 2 ** 30
const toolsHint =
  'The native TensorFlow is built with g++ and downloaded with pip (Debian, Ubuntu: apt-get install g++ python3 python3-pip). Install them and run the same command again'

const { values: flags } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const say = sayTo(process.stderr)
try {
  if (flags.check) await checkTensorflow(folder)
  else await install()
} catch (error) {
  if (!(error instanceof InstallError)) throw error
  process.stderr.write(`${error.message}\n${error.hint}\n`)
  process.exitCode = 1
}

async function install(): Promise<void> {
  const wheel = wheelFor(`${process.platform}-${process.arch}`)
  const stamp = await stampOf(wheel)
  if ((await readStamp()) === stamp) {
    say(`TensorFlow ${wheel.version} is already installed in ${folder}`)
    return
  }
  await checkMachine()
  const partial = `${folder}.partial-${process.pid}`
  await removePartials()
  await mkdir(partial, { recursive: true })
  try {
    await build(wheel, partial)
    await writeFile(join(partial, 'installed'), stamp)
    await rm(folder, { recursive: true, force: true })
    await rename(partial, folder)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  say(`TensorFlow ${wheel.version} is installed in ${folder}: set training.backend: tensorflow in config.yaml`)
}

/** Leaves a whole installation in `partial`, tried in a process of its own: a CPU that lacks AVX ends it by a signal. */
async function build(wheel: Wheel, partial: string): Promise<void> {
  say('installing @tensorflow/tfjs-node')
  for (const name of ['package.json', 'package-lock.json']) await cp(join(manifests, name), join(partial, name))
  // Not --prefix: npm would look for its global settings (a mirror, a certificate) below that folder.
  await runTool('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    hint: 'npm must reach its registry. Then run the same command again',
    cwd: partial,
    env: { ...process.env, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` },
  })
  await removeSourceMaps(join(partial, 'node_modules'))

  say(`downloading ${wheel.name} ${wheel.version} (${(wheel.sizeBytes / 1e6).toFixed(0)} MB)`)
  const unpacked = join(partial, 'wheel')
  await mkdir(unpacked)
  const file = await downloadWheel(wheel, unpacked)
  say('checking and unpacking it')
  await checkWheel(file, wheel)
  await unpackWheel(file, unpacked)
  await rm(file)

  say('compiling the binding')
  await buildBinding(partial, unpacked)
  await rm(unpacked, { recursive: true })

  say('training a small network with it')
  await runTool(process.execPath, [import.meta.filename, '--check'], {
    hint: 'On x86-64 TensorFlow needs a processor with AVX. Without one set training.backend: wasm in config.yaml',
    env: { ...process.env, WAYMARK_TENSORFLOW: partial },
  })
}

/** What an installation depends on. */
async function stampOf(wheel: Wheel): Promise<string> {
  const lockfile = await readFile(join(manifests, 'package-lock.json'))
  return createHash('sha256').update(lockfile).update(JSON.stringify(wheel)).digest('hex')
}

async function readStamp(): Promise<string | undefined> {
  try {
    return await readFile(join(folder, 'installed'), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Says what is missing before anything is downloaded. */
async function checkMachine(): Promise<void> {
  await runTool('g++', ['--version'], { hint: toolsHint })
  await runTool('python3', ['-m', 'pip', '--version'], { hint: toolsHint })
  await mkdir(dirname(folder), { recursive: true })
  const { bavail, bsize } = await statfs(dirname(folder))
  if (bavail * bsize >= neededBytes) return
  throw new InstallError(
    `Cannot install the native TensorFlow: ${Math.floor((bavail * bsize) / 2 ** 20)} MB are free on the disk of ${folder}, and ${neededBytes / 2 ** 20} MB are needed`,
    'Free some space and run the same command again; nothing was changed',
  )
}

/** Removes what installations left that were killed. */
async function removePartials(): Promise<void> {
  const prefix = `${basename(folder)}.partial-`
  for (const name of await readdir(dirname(folder))) {
    if (!name.startsWith(prefix)) continue
    const owner = Number(name.slice(prefix.length))
    if (isAlive(owner))
      throw new InstallError(
        `Cannot install the native TensorFlow: another npm run tensorflow (process ${owner}) is at it`,
        'Wait for it',
      )
    await rm(join(dirname(folder), name), { recursive: true, force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** 190 of 300 MB, read by debuggers in browsers only. */
async function removeSourceMaps(modules: string): Promise<void> {
  const entries = await readdir(modules, { recursive: true, withFileTypes: true })
  for (const entry of entries) if (entry.name.endsWith('.map')) await rm(join(entry.parentPath, entry.name))
}
