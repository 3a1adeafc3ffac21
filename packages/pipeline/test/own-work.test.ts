import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ReproEvent } from '../src/events.ts'
import { reproduce } from '../src/reproduce.ts'
import { tempProject } from './temp-project.ts'

const files = {
  'pipeline.yaml': 'stages: { make: { cmd: mkdir made && cp in made/a && cp in made/b, deps: [in], outs: [made] } }',
  in: '1',
}

test.each([
  ['restored', '1'],
  ['ran', '2'],
])('what somebody wrote into an out is kept and named when the stage is %s', async (state, input) => {
  const project = tempProject(files)
  await project.repro()
  project.write({ 'made/a': 'my work', 'made/mine': 'more of it', in: input })
  const notes: string[] = []
  const onEvent = (event: ReproEvent) => void (event.kind === 'note' && notes.push(event.text))
  const { stages } = await reproduce({ root: project.root, onEvent })
  expect(stages[0]?.state).toBe(state)
  expect(notes).toEqual([
    expect.stringMatching(
      /^make: "made\/(a|mine)" was not made by this stage; its content is kept in .waymark\/cache\/files\/md5\/.* \(and 1 more file, listed in .waymark\/tmp\/kept.txt\)$/,
    ),
  ])
  const kept = project.read('.waymark/tmp/kept.txt').trim().split('\n')
  const contents = kept.map((line) => [line.split(' ')[0], project.read(line.split(' ')[1] ?? '')])
  expect(contents.sort()).toEqual([
    ['"made/a"', 'my work'],
    ['"made/mine"', 'more of it'],
  ])
})

test('what .dvcignore names in a folder that a stage makes stays there when the stage runs again', async () => {
  const project = tempProject({ ...files, '.dvcignore': '*.log\nnotes/\n' })
  await project.repro()
  project.write({ in: '2', 'made/x.log': 'a log', 'made/notes/deep/n': 'a note', 'made/sub/y.log': 'another' })
  expect(await project.repro()).toEqual({ make: 'ran, because in changed' })
  expect(['made/a', 'made/x.log', 'made/notes/deep/n', 'made/sub/y.log'].map(project.read)).toEqual([
    ...['2', 'a log', 'a note', 'another'],
  ])
  expect(await project.repro()).toEqual({ make: 'unchanged' })
})

test.each(['ln -s ../other made/sub', 'cp in made/sub'])(
  'what .dvcignore names in a folder goes with the folder where the stage makes something else of its name: %s',
  async (cmd) => {
    const project = tempProject({
      'pipeline.yaml': `stages: { make: { cmd: mkdir made && sh make.sh, deps: [in, make.sh], outs: [made] } }`,
      'make.sh': 'mkdir made/sub && cp in made/sub/a',
      '.dvcignore': '*.log\n',
      'other/b': 'a folder of somebody else',
      in: '1',
    })
    await project.repro()
    project.write({ 'make.sh': cmd, 'made/sub/y.log': 'a log' })
    expect(await project.repro()).toEqual({ make: 'ran, because make.sh changed' })
    expect(readdirSync(join(project.root, 'other'))).toEqual(['b'])
  },
)

test('an out outside of the project is made again also where there is a .dvcignore', async () => {
  const project = tempProject({
    'in/pipeline.yaml': `stages: { make: { cmd: mkdir ../made && cp a ../made, deps: [a], outs: [{ ../made: { cache: false } }] } }`,
    'in/.dvcignore': '*.log\n',
    'in/a': '1',
  })
  const inner = () =>
    reproduce({ root: join(project.root, 'in') }).then(({ stages }) => stages.map(({ state, error }) => error ?? state))
  expect(await inner()).toEqual(['ran'])
  project.write({ 'in/a': '2' })
  expect(await inner()).toEqual(['ran'])
})

test('links into the cache of a project that was moved are made anew, and until then are missing files', async () => {
  const before = tempProject({
    '.waymark/config': '[cache]\n  type = symlink\n',
    'pipeline.yaml': `stages:
  make: { cmd: mkdir made && cp in made/a, deps: [in], outs: [made] }
  use: { cmd: cp made/a used, deps: [made], outs: [used] }
`,
    in: '1',
  })
  await before.repro()
  const moved = tempProject({}, before.root)
  before.remove('.')
  expect((await moved.status())['make']).toBe('out made/a is missing')
  expect(await moved.repro()).toEqual({
    make: 'restored, because out made/a is missing',
    use: 'restored, because out used is missing',
  })
  expect([moved.read('made/a'), moved.read('used')]).toEqual(['1', '1'])
})

test('a dep that has lost files is refused before a stage runs', async () => {
  const project = tempProject({
    'pipeline.yaml': 'stages: { use: { cmd: ls data > o, deps: [data], outs: [o] } }',
    'data/b': '1',
  })
  symlinkSync(`/gone/files/md5/00/${'0'.repeat(30)}`, join(project.root, 'data/a'))
  expect(await project.repro()).toEqual({ use: expect.stringContaining('dependency "data/a" does not exist') })
})

test('a folder of earlier outs that nobody can account for is named, and left alone', async () => {
  const project = tempProject({ ...files, '.waymark/tmp/aside/x/journal.json': '', '.waymark/tmp/aside/x/0': 'an out' })
  mkdirSync(join(project.root, 'made'))
  await expect(project.repro()).rejects.toThrow(/aside\/x": its journal.json is damaged.*then delete it$/)
  expect(project.read('.waymark/tmp/aside/x/0')).toBe('an out')
})
