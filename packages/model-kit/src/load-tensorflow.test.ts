import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadTensorflow, TensorflowMissingError, tensorflowFolder } from './load-tensorflow.ts'

test('asking for TensorFlow where it is not installed names the command that installs it', () => {
  const missing = join(tmpdir(), 'no-such-folder')
  expect(() => loadTensorflow(missing)).toThrow(TensorflowMissingError)
  expect(() => loadTensorflow(missing)).toThrow(/not installed in .*no-such-folder. Run npm run tensorflow/)
})

test('an installation that cannot be loaded says why, and how to make it anew', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'tensorflow-'))
  const broken = join(folder.path, 'node_modules', '@tensorflow', 'tfjs-node')
  await mkdir(broken, { recursive: true })
  await writeFile(join(folder.path, 'package.json'), '{}')
  await writeFile(join(broken, 'index.js'), 'throw new Error("wrong ELF class")')
  expect(() => loadTensorflow(folder.path)).toThrow(/cannot be loaded here \(wrong ELF class\).*npm run tensorflow/)
})

test('it is found from a folder inside the project', async () => {
  await using project = await mkdtempDisposable(join(tmpdir(), 'project-'))
  await mkdir(join(project.path, '.waymark', 'tensorflow'), { recursive: true })
  await mkdir(join(project.path, 'services', 'deep'), { recursive: true })
  expect(tensorflowFolder(join(project.path, 'services', 'deep'), '')).toBe(
    join(project.path, '.waymark', 'tensorflow'),
  )
})
