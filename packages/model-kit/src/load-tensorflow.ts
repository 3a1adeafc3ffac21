import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import util from 'node:util'

/** The native TensorFlow is not installed, or this machine cannot load it. */
export class TensorflowMissingError extends Error {
  override readonly name = 'TensorflowMissingError'
}

/**
 * Makes the native TensorFlow (`@tensorflow/tfjs-node` 4.22.0, as `npm run tensorflow` builds it) the backend
 * `tensorflow` of tfjs in this thread. tfjs keeps its engine on `globalThis`, so that the project's own copies of
 * tfjs-core and tfjs-layers compute with it from here on. Call `enableProdMode()` before, or tfjs warns of two copies.
 *
 * TensorFlow reads its environment variables natively, and a worker's `process.env` is a copy: a program that loads it
 * in workers loads it in the main thread first.
 * @throws {TensorflowMissingError} where it is not installed or cannot be loaded; nothing else is tried instead.
 */
export function loadTensorflow(folder = tensorflowFolder()): void {
  if (folder === undefined || !existsSync(join(folder, 'package.json')))
    throw new TensorflowMissingError(
      `Cannot use the backend "tensorflow": it is not installed in ${folder ?? '.waymark/tensorflow'}. Run npm run tensorflow, or set training.backend: wasm in config.yaml`,
    )
  quietTensorflow()
  mendUtil()
  try {
    createRequire(join(folder, 'package.json'))('@tensorflow/tfjs-node')
  } catch (cause) {
    throw new TensorflowMissingError(
      `Cannot use the backend "tensorflow": what is installed in ${folder} cannot be loaded here (${messageOf(cause)}). Remove that folder and run npm run tensorflow, or set training.backend: wasm in config.yaml`,
      { cause },
    )
  }
}

/** @returns `given` where it is a name, else the nearest `.waymark/tensorflow` from `from` upwards. */
export function tensorflowFolder(
  from: string = process.cwd(),
  given: string = process.env['WAYMARK_TENSORFLOW'] ?? '',
): string | undefined {
  if (given !== '') return given
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, '.waymark', 'tensorflow')
    if (existsSync(folder)) return folder
    if (at === dirname(at)) return undefined
  }
}

/**
 * Without this TensorFlow tells on stderr which instructions it found. oneDNN's kernels sum in another order, and at
 * the widths of tabular models they are slower: 2.8 s against 2.0 s for 50,000 × 30 rows, 2 × 64 units, 3 epochs.
 */
function quietTensorflow(): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
  process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '0'
}

/** tfjs-node 4.22.0 calls one function that Node 23 removed (tensorflow/tfjs#8609) and one that it warns of. */
function mendUtil(): void {
  const removed = util as typeof util & { isNullOrUndefined?: (value: unknown) => boolean } // Node's types left it out too
  removed.isNullOrUndefined ??= (value) => value === null || value === undefined
  util.isArray = Array.isArray
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0] ?? text
}
