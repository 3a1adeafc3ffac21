import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { InstallError } from './install-error.ts'
import { runTool } from './run-tool.ts'

/** A Python wheel that holds TensorFlow's C library and its headers; nothing of its Python is used. */
export interface Wheel {
  readonly name: string
  readonly version: string
  readonly sizeBytes: number
  readonly sha256: string
  /** The Python and platform that pip is to choose it for, whatever Python this machine has. */
  readonly python: string
  readonly platform: string
}

/** By `<process.platform>-<process.arch>`: a network was trained, saved and reloaded there; on ARM under emulation. */
const wheels: Readonly<Record<string, Wheel>> = {
  'linux-x64': {
    name: 'tensorflow-cpu',
    version: '2.21.0',
    sizeBytes: 273_829_956,
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    python: '3.11',
    platform: 'manylinux_2_27_x86_64',
  },
  'linux-arm64': {
    name: 'tensorflow', // for ARM there is no other build than the CPU's
    version: '2.21.0',
    sizeBytes: 281_828_020,
    sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
    python: '3.11',
    platform: 'manylinux_2_27_aarch64',
  },
}

/** @throws {InstallError} for a kind of machine that has no wheel above. */
export function wheelFor(machine: string): Wheel {
  const wheel = wheels[machine]
  if (wheel !== undefined) return wheel
  throw new InstallError(
    `Cannot install the native TensorFlow on ${machine}: it was tried on ${Object.keys(wheels).join(', ')} only`,
    'Set training.backend: wasm in config.yaml; it gives the same models and is faster at the usual widths',
  )
}

/** Downloads `wheel` into the empty `folder`, from the package index that pip is set up with. @returns its path. */
export async function downloadWheel(wheel: Wheel, folder: string): Promise<string> {
  const choice = ['--only-binary', ':all:', '--python-version', wheel.python, '--platform', wheel.platform]
  await runTool(
    'python3',
    [
      '-m',
      'pip',
      'download',
      '--no-deps',
      '--no-cache-dir',
      '--dest',
      folder,
      ...choice,
      `${wheel.name}==${wheel.version}`,
    ],
    { hint: 'pip must reach a package index: see pip config, PIP_INDEX_URL. Then run the same command again' },
  )
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'))
  if (file === undefined) throw new Error(`pip download left no wheel in ${folder}`)
  return join(folder, file)
}

/** @throws {InstallError} where the file is not the one that is pinned here, byte for byte. */
export async function checkWheel(file: string, wheel: Pick<Wheel, 'sha256'>): Promise<void> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  const found = hash.digest('hex')
  if (found === wheel.sha256) return
  throw new InstallError(
    `Cannot use ${file}: its SHA-256 is ${found}, expected ${wheel.sha256}`,
    'The package index handed out another file than PyPI: set PIP_INDEX_URL to one you trust and run the same command again',
  )
}

/** Unpacks what the binding needs into `folder`: `include/` and `lib/`. */
export async function unpackWheel(file: string, folder: string): Promise<void> {
  await runTool('python3', ['-c', unpackScript, file, folder], {
    hint: 'Unpacking needs 1 GB on the disk. Make room and run the same command again',
  })
}

const unpackScript = `
import os, shutil, sys, zipfile
headers = ('include/tensorflow/', 'include/tsl/', 'include/xla/tsl/')
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for entry in wheel.infolist():
        root, _, name = entry.filename.partition('/')
        if root != 'tensorflow' or entry.is_dir():
            continue
        if name.startswith(headers) and name.endswith('.h'):
            target = name
        elif name in ('libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'):
            target = 'lib/' + name
        else:
            continue
        path = os.path.join(sys.argv[2], target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with wheel.open(entry) as source, open(path, 'wb') as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
`
