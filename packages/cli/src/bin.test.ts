import { execFile } from 'node:child_process'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { testProject } from '../test/project.ts'
import { versionText } from './verbs/version.ts'

const run = promisify(execFile)
const bin = join(import.meta.dirname, '../bin/waymark')

test('the program runs through a relative link, from another folder', async () => {
  using folder = testProject({})
  await mkdir(join(folder.root, 'node_modules/.bin'), { recursive: true })
  await symlink(bin, join(folder.root, 'node_modules/.bin/real'))
  await symlink('real', join(folder.root, 'node_modules/.bin/waymark'))
  const { stdout } = await run('node_modules/.bin/waymark', ['--version'], { cwd: folder.root })
  expect(stdout).toBe(`${versionText()}\n`)
})

test('the program is found on the PATH, and takes its own Node where the one there is older', async () => {
  using folder = testProject({})
  await writeFile(join(folder.root, 'node'), '#!/bin/sh\necho v20.20.2\n')
  await chmod(join(folder.root, 'node'), 0o755)
  await symlink(bin, join(folder.root, 'waymark'))
  const { stdout } = await run('/bin/sh', ['-c', 'waymark --version'], {
    cwd: '/',
    env: { PATH: `${folder.root}:/usr/bin:/bin` },
  })
  expect(stdout).toBe(`${versionText()}\n`)
})

test('signals reach the program itself: the shell that started it is gone', async () => {
  using project = testProject({ 'pipeline.yaml': 'stages: { wait: { cmd: echo waiting && exec sleep 60 } }' })
  const running = project.start(['repro'])
  await running.printed('waiting')
  const { stdout } = await run('ps', ['-o', 'comm=,args=', '-p', String(running.pid)])
  expect(stdout).toContain('src/main.ts repro')
  running.kill('SIGTERM')
  expect(await running.ended).toMatchObject({ code: 143 })
})
