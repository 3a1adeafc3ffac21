import { execFile } from 'node:child_process'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const config = readFile(join(import.meta.dirname, '../config.yaml'), 'utf8')

test('the config.yaml that comes with the project is whole', async () => {
  expect(await check(await config)).toEqual({ code: 0, stderr: '' })
})

test('a slip in the section of any stage is told by line and key before a stage runs', async () => {
  const { code, stderr } = await check((await config).replace('points: 20', 'points: twenty'))
  expect(code).toBe(1)
  expect(stderr).toMatch(/^config\.yaml:\d+ explainability\.partial_dependence\.points: expected .*found "twenty"/)
  expect(stderr).toContain('Nothing was run')
})

async function check(text: string): Promise<{ code: number; stderr: string }> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'waymark-config-'))
  await writeFile(join(folder.path, 'config.yaml'), text)
  return await new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, 'check-config.ts')],
      { cwd: folder.path },
      (error, _, stderr) => resolve({ code: error ? Number(error.code) : 0, stderr }),
    )
  })
}
