import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'

test('an installation that is told to end takes npm and all it has started with it, and the next command installs', async () => {
  await using project = await projectWithNpm('sleep 600 & echo begun >&2; wait')
  const installing = project.install()
  await once(installing.stderr, 'data', { signal: AbortSignal.timeout(20_000) })
  while (!installing.said().includes('begun')) await once(installing.stderr, 'data')
  installing.kill('SIGTERM')
  // Everybody below has the same stderr: it is closed once the last of them is gone.
  expect(await installing.closed).toBe(143)

  await project.npm('mkdir -p node_modules')
  const again = project.install()
  expect(await again.closed).toBe(0)
  expect(again.said()).not.toContain('waiting')
  expect(again.said()).toContain('packages installed')
})

/** A project with nothing but a lockfile, and a program of the name npm that does what `script` says. */
async function projectWithNpm(script: string) {
  const root = await mkdtemp(join(tmpdir(), 'waymark-install-'))
  await mkdir(join(root, 'tools'))
  await cp(join(import.meta.dirname, 'ensure-install.mjs'), join(root, 'tools/ensure-install.mjs'))
  await writeFile(join(root, 'package-lock.json'), '{}')
  const npm = async (words: string) => {
    await writeFile(join(root, 'npm'), `#!/bin/sh\n${words}\n`)
    await chmod(join(root, 'npm'), 0o755)
  }
  await npm(script)
  return {
    npm,
    install() {
      const env = { PATH: `${root}${delimiter}${process.env['PATH']}` }
      const child = spawn(process.execPath, ['tools/ensure-install.mjs'], {
        cwd: root,
        stdio: ['ignore', 'ignore', 'pipe'],
        env,
      })
      let said = ''
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      const closed = once(child, 'close').then(([code]) => code as number | null)
      return { stderr: child.stderr, said: () => said, kill: (signal: NodeJS.Signals) => child.kill(signal), closed }
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}
