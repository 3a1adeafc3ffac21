// Makes `npm start`, `npm test` and `npm run repro` work on a fresh clone: installs what is missing, does nothing
// otherwise. Plain JavaScript without imports from npm, for any Node from 20 on: it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampFile = join(root, 'node_modules', '.waymark-install')
/** Below it npm leaves out native packages whose `engines` ask for more, without a word. */
const neededNode = 24
const toolchain = join(root, '.waymark', 'toolchain')
const newerNode = join(toolchain, 'node_modules', 'node', 'bin')
const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']

if (process.platform === 'win32') {
  fail(
    'Cannot run on Windows itself: PostgreSQL and the shell scripts here need Linux or macOS.',
    'Use WSL 2 and clone into its own file system.',
  )
}
if (major(process.version) < 20) {
  fail(
    `Cannot install with Node ${process.version}: Node 20 or newer is needed.`,
    'Install a newer Node and run the same command again.',
  )
}
if (!isInstalled()) {
  const release = takeLock()
  let ended
  try {
    if (!isInstalled()) ended = await install()
  } finally {
    release()
  }
  if (ended) process.exit(128 + constants.signals[ended])
}

function isInstalled() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp()
}

/** What an installation depends on: the lockfile and the kind of machine. */
function stamp() {
  const hash = createHash('sha256')
  hash.update(readFileSync(join(root, 'package-lock.json')))
  hash.update(`${process.platform} ${process.arch}`)
  return hash.digest('hex')
}

/** @returns the signal that ended it, if one did. */
async function install() {
  const started = Date.now()
  say('installing packages (once, about a minute)')
  const ownNode = dirname(process.execPath)
  const isOld = major(process.version) < neededNode
  const ended =
    (isOld && (await bringNode(ownNode))) || (await runNpm(['ci', '--include=dev'], isOld ? newerNode : ownNode))
  if (ended) return ended
  writeFileSync(stampFile, stamp())
  say(`packages installed in ${((Date.now() - started) / 1000).toFixed(1)} s`)
  return undefined
}

/** Brings a Node that is new enough into {@link newerNode}. @returns the signal that ended it, if one did. */
async function bringNode(ownNode) {
  // One that was cut off while it was being brought is there, and does not run.
  if (spawnSync(join(newerNode, 'node'), ['--version']).status !== 0) {
    say(`bringing Node ${neededNode} into .waymark/toolchain, beside your Node ${process.version}`)
    rmSync(join(toolchain, 'node_modules'), { recursive: true, force: true })
    mkdirSync(toolchain, { recursive: true })
    const manifest = { private: true, allowScripts: { node: true }, dependencies: { node: String(neededNode) } }
    writeFileSync(join(toolchain, 'package.json'), JSON.stringify(manifest))
    return runNpm(['install'], ownNode, toolchain)
  }
  return undefined
}

/**
 * npm has a process group of its own, and what it has started ends with it: an npm left behind would work in the same
 * folder as that of the next command.
 * @returns the signal that this process was told to end by, if one came.
 */
async function runNpm(args, nodeFolder, folder = root) {
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath?.endsWith('.js') ? [join(nodeFolder, 'node'), process.env.npm_execpath] : ['npm']
  let told
  // First of all: a signal that comes while npm is being started has to end it too.
  const end = (signal) => {
    told ??= signal
    killGroup(child.pid, 'SIGTERM')
    setTimeout(() => killGroup(child.pid, 'SIGKILL'), 2_000)
  }
  for (const signal of endSignals) process.on(signal, end)
  const child = spawn(npm[0], [...npm.slice(1), ...args, ...quiet], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    detached: true,
    env: { ...process.env, PATH: `${nodeFolder}${delimiter}${process.env.PATH}` },
  })
  const how = await once(child, 'close').then(
    ([code, by]) => code ?? by,
    (error) => error.message,
  )
  for (const signal of endSignals) process.off(signal, end)
  if (told || how === 0) return told
  fail(
    `Cannot install the packages: npm ${args[0]} ended with ${how}.`,
    'What npm says stands above; a registry must be reachable and the disk needs 1.5 GB. Then run the same command again.',
  )
}

function killGroup(leader, signal) {
  try {
    process.kill(-leader, signal)
  } catch (error) {
    if (error.code !== 'ESRCH') throw error
  }
}

/**
 * Two commands started at once install once. The lock lies in the temp folder, so that a container that shares the
 * project's folder, but neither its processes nor its node_modules, has its own.
 * @returns what lets the next one in.
 */
function takeLock() {
  const file = join(tmpdir(), `waymark-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`)
  for (let told = false; ; told = true) {
    try {
      const handle = openSync(file, 'wx')
      writeSync(handle, String(process.pid))
      closeSync(handle)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const owner = readOwner(file)
    if (owner === undefined ? isOld(file) : !isAlive(owner)) rmSync(file, { force: true })
    else {
      if (!told) say(`waiting for another command (process ${owner ?? 'unknown'}) that installs packages`)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
    }
  }
}

function readOwner(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** A lock without an owner after this long was left by a process that died while taking it. */
function isOld(file) {
  const age = statSync(file, { throwIfNoEntry: false })
  return age !== undefined && Date.now() - age.mtimeMs > 5_000
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function major(version) {
  return Number(/^v?(\d+)/.exec(version)[1])
}

function say(line) {
  process.stderr.write(`${line}\n`)
}

function fail(message, hint) {
  process.stderr.write(`${message}\n${hint}\n`)
  process.exit(1)
}
