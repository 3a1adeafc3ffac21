import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { md5Of } from '@waymark/content-store/digest'
import { expect, test } from 'vitest'
import { reproduce } from '../src/reproduce.ts'
import { startRepro } from './repro-process.ts'
import { readTree, type TempProject, tempProject } from './temp-project.ts'

const files = {
  'pipeline.yaml': `stages:
  build:
    cmd: mkdir -p made && cp in made/copy && echo "$(cat in) folder" > made/other && cp in single && cp in kept && cp in plain
    deps: [in]
    outs:
    - made
    - single
    - kept: {persist: true}
    metrics:
    - plain: {cache: false}
`,
  in: 'one',
}
const outs = ['made', 'single', 'kept', 'plain']

test('killed before any one change of the file system, the next repro gets to the same end, and an undone edit finds the earlier outs', async () => {
  const done = tempProject(files)
  await done.repro()
  const before = outsOf(done)
  const scratch = tempProject({ ...files, in: 'two' })
  const env = { NODE_COMPILE_CACHE: tempProject({}).root } // most of the time of a repro this small is its start
  await startRepro(scratch.root, { env }).ended
  const after = outsOf(scratch)

  // Two lines of kills beside each other, at the odd and at the even changes.
  const kills = await Promise.all([killFrom(1, 2), killFrom(2, 2)])
  expect(kills[0] + kills[1]).toBeGreaterThan(40)

  async function killFrom(first: number, step: number): Promise<number> {
    for (let at = first, kills = 0; ; at += step, kills++) {
      const victim = tempProject({ in: 'two' }, done.root)
      const killed = startRepro(victim.root, {
        nodeFlags: ['--import', join(import.meta.dirname, 'kill-at.mjs')],
        env: { ...env, KILL_AT: String(at) },
      })
      const [, signal] = await endOf(killed.ended)
      if (signal !== 'SIGKILL') return kills

      const undone = tempProject({ in: 'one' }, victim.root)
      const back = await reproduceAtOnce(undone.root, at)
      expect(
        back.stages.map((stage) => stage.state),
        `undone after kill ${at}`,
      ).not.toContain('failed')
      expect(outsOf(undone), `undone after kill ${at}`).toEqual(before)
      expectSound(undone)

      const next = await reproduceAtOnce(victim.root, at)
      expect(
        next.stages.map((stage) => stage.error),
        `after kill ${at}`,
      ).toEqual([undefined])
      expect(outsOf(victim), `after kill ${at}`).toEqual(after)
      expect(Object.values(await victim.status()), `after kill ${at}`).toEqual([''])
      expectSound(victim)
    }
  }
}, 240_000)

test.each([
  ['before the command did anything', '#!/bin/sh\nkill -9 $PPID\n'],
  ['after the command, before the lock', '#!/bin/sh\nsh "$@"\nkill -9 $PPID\n'],
])('killed %s, earlier outs and lock are as they were', async (_, shell) => {
  const project = tempProject(files)
  await project.repro()
  const before = outsOf(project)
  const lock = project.read('pipeline.lock')
  project.write({ in: 'two', 'shell.sh': shell })
  execFileSync('chmod', ['+x', 'shell.sh'], { cwd: project.root })
  await startRepro(project.root, { env: { SHELL: join(project.root, 'shell.sh') } }).ended
  expect(project.read('pipeline.lock')).toBe(lock)
  project.write({ in: 'one' })
  expect(await project.repro()).toEqual({ build: 'unchanged' })
  expect(outsOf(project)).toEqual(before)
  expectSound(project)
})

/** Nobody holds the lock of a dead process: a repro that waits for one is a failure. */
function reproduceAtOnce(root: string, at: number) {
  const stop = new AbortController()
  return reproduce({
    root,
    signal: stop.signal,
    onEvent(event) {
      if (event.kind === 'note' && event.text.startsWith('waiting'))
        stop.abort(new Error(`after kill ${at}: ${event.text}`))
    },
  })
}

/** Every object matches its name, and nothing of a repro lies about. */
function expectSound(project: TempProject): void {
  const state = join(project.root, '.waymark')
  const objects = readTree(join(state, 'cache', 'files', 'md5'))
  for (const [path, text] of Object.entries(objects)) {
    if (!path.endsWith('.tmp')) expect(md5Of(text)).toBe(path.replace('/', '').replace('.dir', ''))
  }
  const aside = join(state, 'tmp', 'aside')
  expect(existsSync(aside) ? readdirSync(aside) : []).toEqual([])
}

function outsOf(project: TempProject): Record<string, string> {
  const isOut = (path: string) => outs.some((out) => path === out || path.startsWith(`${out}/`))
  return Object.fromEntries(Object.entries(readTree(project.root)).filter(([path]) => isOut(path)))
}

async function endOf(ended: Promise<unknown>): Promise<[code: number | null, signal: string | null]> {
  // What a child process's 'close' event carries.
  return (await ended) as [number | null, string | null]
}
