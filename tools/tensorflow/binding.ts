import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { runTool } from './run-tool.ts'

/** The version of Node-API that tfjs-node 4.22.0 looks for its binding under. */
const napiVersion = 8

const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

/**
 * Compiles tfjs-node's binding against `wheelFolder` (`include/`, `lib/`) and puts it, with the libraries beside it,
 * where tfjs-node in `folder` looks for them (its binding.gyp: the binding finds them by its own place).
 */
export async function buildBinding(folder: string, wheelFolder: string): Promise<void> {
  const tfjsNode = join(folder, 'node_modules', '@tensorflow', 'tfjs-node')
  const binding = join(tfjsNode, 'lib', `napi-v${napiVersion}`)
  const deps = join(tfjsNode, 'deps', 'lib')
  await mkdir(binding, { recursive: true })
  await mkdir(deps, { recursive: true })
  for (const library of libraries) await rename(join(wheelFolder, 'lib', library), join(deps, library))
  const includes = [tfjsNode, join(folder, 'node_modules', 'node-api-headers', 'include'), join(wheelFolder, 'include')]
  const hint = 'Install the C++ compiler (Debian, Ubuntu: apt-get install g++) and run the same command again'
  await runTool(
    'g++',
    [
      ...['-std=c++17', '-O2', '-fPIC', '-shared', `-DNAPI_VERSION=${napiVersion}`],
      ...includes.map((include) => `-I${include}`),
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((source) => join(tfjsNode, 'binding', source)),
      ...['-o', join(binding, 'tfjs_binding.node'), `-L${deps}`],
      ...libraries.map((library) => `-l:${library}`),
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ],
    { hint },
  )
  // g++ brings strip; without their symbol tables the libraries are 200 MB smaller.
  await runTool('strip', ['--strip-unneeded', ...libraries.map((library) => join(deps, library))], { hint })
}
