import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { checkWheel, wheelFor } from './tensorflow/wheel.ts'

test('a kind of machine that it was not tried on is refused by name, with another way', () => {
  expect(() => wheelFor('sunos-sparc')).toThrow(/on sunos-sparc: it was tried on linux-x64/)
})

test('a wheel with other bytes than the pinned ones is refused with both checksums', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'wheel-'))
  const file = join(folder.path, 'tensorflow.whl')
  await writeFile(file, 'abc')
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' // of "abc", FIPS 180-2
  await checkWheel(file, { sha256 })
  await expect(checkWheel(file, { sha256: '00' })).rejects.toThrow(`its SHA-256 is ${sha256}, expected 00`)
})

test.runIf(process.platform === 'linux' && process.arch === 'x64')(
  'a machine without a compiler is told what to install before anything is downloaded',
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'tensorflow-'))
    const installer = spawn(process.execPath, [join(import.meta.dirname, 'install-tensorflow.ts')], {
      env: { PATH: folder.path, WAYMARK_TENSORFLOW: join(folder.path, 'tensorflow') },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [words, [code]] = await Promise.all([text(installer.stderr), once(installer, 'exit')])
    expect(words).toContain('Cannot run g++: it is not on the PATH')
    expect(words).toContain('apt-get install g++ python3 python3-pip')
    expect(code).toBe(1)
  },
)
