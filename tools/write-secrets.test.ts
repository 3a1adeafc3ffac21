import { execFile } from 'node:child_process'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

test('secrets are made once: a second start keeps them', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'secrets-'))
  await writeSecrets(folder.path)
  const first = await readAll(folder.path)
  expect(new Set(first).size).toBe(4)
  for (const secret of first) expect(secret).toMatch(/^[\w-]{32}$/)
  await writeSecrets(folder.path)
  expect(await readAll(folder.path)).toEqual(first)
})

test('a value of .env takes the place of a random one, the others stay, and none is printed', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'secrets-'))
  await writeSecrets(folder.path)
  const [admin, , accessKey] = await readAll(folder.path)
  const { stdout } = await writeSecrets(folder.path, { POSTGRES_PASSWORD: 'correct-horse-battery' })
  const [adminNow, password, accessKeyNow] = await readAll(folder.path)
  expect(password).toBe('correct-horse-battery')
  expect([adminNow, accessKeyNow]).toEqual([admin, accessKey])
  expect(stdout).toContain('database/password  taken from .env')
  for (const secret of await readAll(folder.path)) expect(stdout).not.toContain(secret)
})

test('weak values are refused by name, all at once, and nothing is written', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'secrets-'))
  const given = { POSTGRES_PASSWORD: 'short', OBJECT_STORE_SECRET_KEY: 'with a space in it' }
  const failed = await writeSecrets(folder.path, given).catch((error: unknown) => error)
  expect(failed).toMatchObject({ code: 1 })
  expect(String(Reflect.get(Object(failed), 'stderr'))).toMatch(
    /POSTGRES_PASSWORD: it has 5.*\n.*OBJECT_STORE_SECRET_KEY/,
  )
  await expect(readAll(folder.path)).rejects.toThrow('ENOENT')
})

test('a start that was killed while it wrote a secret leaves none that is empty', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'secrets-'))
  await writeSecrets(folder.path)
  await writeFile(join(folder.path, 'database/password.new'), '')
  await writeSecrets(folder.path)
  expect((await readAll(folder.path))[1]).toMatch(/^[\w-]{32}$/)
})

function writeSecrets(folder: string, env: Record<string, string> = {}): Promise<{ stdout: string }> {
  return run(process.execPath, [join(import.meta.dirname, 'write-secrets.ts'), folder], { env })
}

function readAll(folder: string): Promise<string[]> {
  const files = ['postgres-admin/password', 'database/password', 'object-store/access-key', 'object-store/secret-key']
  return Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
}
