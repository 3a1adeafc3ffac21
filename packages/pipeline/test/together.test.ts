import { existsSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { md5Of } from '@waymark/content-store/digest'
import { describeMyself } from '@waymark/content-store/project-lock'
import { expect, test } from 'vitest'
import type { ReproEvent } from '../src/events.ts'
import { reproduce } from '../src/reproduce.ts'
import { status } from '../src/status.ts'
import { startRepro } from './repro-process.ts'
import { rigFor } from './rig.ts'
import { readTree, tempProject } from './temp-project.ts'

const rigged = `stages:
  slow:
    cmd: node rig.mjs slow
    deps: [in]
    outs: [out]
  last:
    cmd: cp out last
    deps: [out]
    outs: [last]
`

test('two repros on one project wait for each other; the second says for whom, and finds the work done', async () => {
  const project = tempProject({ 'pipeline.yaml': rigged, in: '1' })
  const rig = await rigFor(project)
  const first = startRepro(project.root)
  const command = await rig.started('slow')
  const second = startRepro(project.root)
  expect((await second.event('note')).text).toMatch(/^waiting for process \d+ on .+ \(repro\)/)
  await command.write('out', 'made once')
  command.exit(0)
  expect((await first.event('result')).states).toEqual({ slow: 'ran', last: 'ran' })
  expect((await second.event('result')).states).toEqual({ slow: 'unchanged', last: 'unchanged' })
})

test('a repro that waited begins when the one before it has also settled its result', async () => {
  const project = tempProject({
    'pipeline.yaml': 'stages: { make: { cmd: cp in out, deps: [in], outs: [out] } }',
    in: '1',
  })
  const order: string[] = []
  const second = Promise.withResolvers<unknown>()
  await reproduce({
    root: project.root,
    async settle({ state }) {
      const waits = Promise.withResolvers<void>()
      const onEvent = (event: ReproEvent) => void (event.kind === 'note' ? waits.resolve() : order.push(event.kind))
      second.resolve(reproduce({ root: project.root, onEvent }))
      await waits.promise
      order.push(`settled ${typeof state}`)
    },
  })
  await second.promise
  expect(order).toEqual(['settled string', 'stage done'])
})

test('a repro killed in the middle of a stage: its command is ended, the earlier outs are back, the next repro goes on', async () => {
  const project = tempProject({ 'pipeline.yaml': rigged, in: '1' })
  const rig = await rigFor(project)
  await finish(project.repro(), rig, 'out', 'first')
  project.write({ in: '2' })
  const killed = startRepro(project.root)
  const command = await rig.started('slow')
  await command.write('out', 'half')
  killed.kill('SIGKILL')
  await killed.ended

  project.write({ in: '1' })
  const events: ReproEvent[] = []
  const { stages } = await reproduce({ root: project.root, onEvent: (event) => events.push(event) })
  await command.ended
  expect(stages.map((stage) => stage.state)).toEqual(['unchanged', 'unchanged'])
  expect(project.read('out')).toBe('first')
  expect(events).toContainEqual({ kind: 'note', text: expect.stringContaining('slow: an earlier repro was killed') })

  project.write({ in: '2' })
  expect(await finish(project.repro(), rig, 'out', 'second')).toMatchObject({ slow: 'ran, because in changed' })
})

test('a repro that was suspended so long that another took over leaves the other one alone', async () => {
  const project = tempProject({ 'pipeline.yaml': rigged, in: '1' })
  const rig = await rigFor(project)
  const sleeper = reproduce({ root: project.root })
  await rig.started('slow')
  // As another repro does on taking over: a higher number, and what the sleeper began is undone.
  const locks = join(project.root, '.waymark/tmp/repro-lock')
  writeFileSync(join(locks, String(Number(readdirSync(locks)[0]) + 1)), JSON.stringify(describeMyself('other')))
  rmSync(join(project.root, '.waymark/tmp/aside'), { recursive: true })
  project.write({ out: "the other one's" })
  const { stages } = await sleeper
  expect(stages[0]).toMatchObject({ state: 'failed', error: expect.stringContaining('another process took over') })
  expect(project.read('out')).toBe("the other one's")
})

test('a repro that is told to stop ends the command and puts the earlier outs back', async () => {
  const project = tempProject({ 'pipeline.yaml': rigged, in: '1' })
  const rig = await rigFor(project)
  await finish(project.repro(), rig, 'out', 'first')
  const lock = project.read('pipeline.lock')
  project.write({ in: '2' })
  const stop = new AbortController()
  const repro = reproduce({ root: project.root, signal: stop.signal })
  const command = await rig.started('slow')
  await command.write('out', 'half')
  stop.abort()
  const { stages, state } = await repro
  await command.ended
  expect(stages.map((stage) => [stage.state, stage.error])).toEqual([
    ['failed', 'interrupted'],
    ['not reached', undefined],
  ])
  expect(state).toBeUndefined()
  expect(project.read('out')).toBe('first')
  expect(project.read('pipeline.lock')).toBe(lock)
})

test('a failed stage reports the end of its stderr and its exit code, and leaves no trace', async () => {
  const project = tempProject({ 'pipeline.yaml': rigged, in: '1' })
  const rig = await rigFor(project)
  const repro = reproduce({ root: project.root })
  const command = await rig.started('slow')
  await command.write('out', 'half')
  command.exit(3, Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(''))
  const [slow] = (await repro).stages
  expect(slow).toMatchObject({ state: 'failed', exitCode: 3, error: 'failed to run: node rig.mjs slow, exited with 3' })
  expect(slow?.stderrTail?.split('\n')).toEqual(Array.from({ length: 40 }, (_, i) => `line ${i + 60}`))
  expect(existsSync(join(project.root, 'out'))).toBe(false)
  expect(existsSync(join(project.root, 'pipeline.lock'))).toBe(false)
})

test('begin is called once, before anything changes; what it gives is in every command, what it refuses ends the repro', async () => {
  const project = tempProject({
    'pipeline.yaml': `stages:
  a: {cmd: 'echo $RUN > a', deps: [in], outs: [a]}
  b: {cmd: 'echo $RUN > b', deps: [a], outs: [b]}
`,
    in: '1',
  })
  const refused = reproduce({ root: project.root, begin: () => Promise.reject(new Error('name taken')) })
  await expect(refused).rejects.toThrow('name taken')
  expect(existsSync(join(project.root, 'pipeline.lock'))).toBe(false)

  const begun: string[] = []
  const begin = async ({ stage }: { stage: string }) => {
    begun.push(stage)
    return { RUN: 'run-1' }
  }
  const first = await reproduce({ root: project.root, begin })
  expect([project.read('a'), project.read('b')]).toEqual(['run-1\n', 'run-1\n'])
  const second = await reproduce({ root: project.root, begin })
  expect(begun).toEqual(['a'])
  expect(second.state).toBe(first.state)
})

test('a repro of the same project inside a stage is refused, instead of waiting for itself; one of another project is not', async () => {
  const project = tempProject({ 'pipeline.yaml': rigged, in: '1' })
  const other = tempProject({ 'pipeline.yaml': 'stages:\n  a: {cmd: cp in a, deps: [in], outs: [a]}\n', in: '1' })
  const rig = await rigFor(project)
  const repro = project.repro()
  const command = await rig.started('slow')
  const env = { WAYMARK_STAGE_TOKEN: 'a token', DVC_ROOT: project.root }
  expect((await startRepro(other.root, { env }).event('result')).states).toEqual({ a: 'ran' })
  const inside = startRepro(project.root, { env })
  expect(await inside.ended).toEqual([1, null])
  await command.write('out', 'x')
  command.exit(0)
  expect(Object.keys(await repro)).toEqual(['slow', 'last'])
})

test.each(['hardlink', 'symlink', 'reflink', 'copy'])(
  'an out that stays in place can be written to, and the cache keeps what it had (%s)',
  async (type) => {
    const project = tempProject({
      '.waymark/config': `[cache]\n  type = ${type}\n`,
      'pipeline.yaml': `stages:
  grow:
    cmd: cat in >> log && mkdir -p logs && cat in >> logs/all
    deps: [in]
    outs: [log: {persist: true}, logs: {persist: true}]
`,
      in: '1',
    })
    await project.repro()
    project.write({ in: '2' })
    expect(await project.repro()).toEqual({ grow: 'ran, because in changed' })
    expect([project.read('log'), project.read('logs/all')]).toEqual(['12', '12'])
    const objects = Object.entries(readTree(join(project.root, '.waymark/cache/files/md5')))
    for (const [path, text] of objects) expect(md5Of(text)).toBe(path.replace('/', '').replace('.dir', ''))
  },
)

test('an out behind a link that leads out of the project is refused, and nothing there is touched', async () => {
  const outside = tempProject({ o: 'mine' })
  const project = tempProject({
    'pipeline.yaml': 'stages:\n  a: {cmd: touch far/o, deps: [in], outs: [far/o]}\n',
    in: '1',
  })
  symlinkSync(outside.root, join(project.root, 'far'))
  expect((await project.repro())['a']).toMatch(/^failed.*its folder is a link to ".*", outside the project/)
  expect(outside.read('o')).toBe('mine')
})

test('the state of a repro is the same hash from status, from a repro with nothing to do, and after going back', async () => {
  const project = tempProject({
    'pipeline.yaml': 'stages:\n  a: {cmd: cp in a, deps: [in], params: [lr], outs: [a]}\n',
    'params.yaml': 'lr: 1.0\n',
    in: '1',
  })
  const { root } = project
  const first = await reproduce({ root })
  expect((await status(root)).state).toBe(first.state)
  expect((await status(root)).stages[0]?.result).toEqual({
    ...first.stages[0],
    state: 'unchanged',
    reasons: [],
    seconds: 0,
    exitCode: undefined,
  })
  project.write({ 'params.yaml': 'lr: 2.0\n' })
  expect((await status(root)).state).toBeUndefined()
  expect((await reproduce({ root })).state).not.toBe(first.state)
  project.write({ 'params.yaml': 'lr: 1.0\n' })
  expect(await reproduce({ root })).toMatchObject({ state: first.state, stages: [{ state: 'restored' }] })
})

test('a status leaves nothing behind in a project that has not been reproduced', async () => {
  const project = tempProject({ 'pipeline.yaml': rigged, in: '1' })
  await project.status()
  expect(readdirSync(project.root).sort()).toEqual(['in', 'pipeline.yaml'])
})

async function finish<T>(
  repro: Promise<T>,
  rig: Awaited<ReturnType<typeof rigFor>>,
  path: string,
  text: string,
): Promise<T> {
  const command = await rig.started('slow')
  await command.write(path, text)
  command.exit(0)
  return repro
}
