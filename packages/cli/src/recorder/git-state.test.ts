import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testProject } from '../../test/project.ts'
import { changedFileLimit, gitState, untrackedLimits, withoutCredentials } from './git-state.ts'

test.each([
  ['https://me:secret@example.org/x.git', 'https://example.org/x.git'],
  ['https://token@example.org:8443/x', 'https://example.org:8443/x'],
  ['ssh://git@example.org/x', 'ssh://example.org/x'],
  ['git@example.org:x/y.git', 'git@example.org:x/y.git'],
  ['/srv/git/x', '/srv/git/x'],
  ['--tracking-uri=https://me:secret@example.org', '--tracking-uri=https://example.org'],
])('the remote %s is shown as %s', (remote, shown) => {
  expect(withoutCredentials(remote)).toBe(shown)
})

test('a folder in no repository is told from a clean one', async () => {
  using project = testProject({ 'a.txt': 'a' })
  expect(await gitState(project.root)).toEqual({ kind: 'none', why: 'the project is in no git repository' })
})

test('a repository without a commit and without a remote has neither, and its files are untracked', async () => {
  using project = testProject({ 'a.txt': 'a', 'b/c d.txt': 'bc' })
  project.git('init', '--quiet', '--initial-branch', 'main')
  expect(await gitState(project.root)).toEqual({
    kind: 'repository',
    commit: undefined,
    branch: 'main',
    remote: undefined,
    diff: '',
    largeChanges: [],
    untracked: [
      { path: 'a.txt', size: 1, kept: true },
      { path: 'b/c d.txt', size: 2, kept: true },
    ],
  })
})

test('a large untracked file is listed, and its bytes are not kept', async () => {
  using project = testProject({ 'large.bin': 'x'.repeat((1 << 20) + 1), 'small.txt': 's' })
  project.git('init', '--quiet')
  const state = await gitState(project.root)
  expect(state.kind === 'repository' && state.untracked.map(({ path, kept }) => [path, kept])).toEqual([
    ['large.bin', false],
    ['small.txt', true],
  ])
})

test('what an untracked link leads to is not kept: it may be no part of the project', async () => {
  using secret = testProject({ 'token.txt': 'secret' })
  using project = testProject({ 'small.txt': 's' })
  project.git('init', '--quiet')
  symlinkSync(join(secret.root, 'token.txt'), join(project.root, 'link'))
  const state = await gitState(project.root)
  expect(state.kind === 'repository' && state.untracked.map(({ path, kept }) => [path, kept])).toEqual([
    ['link', false],
    ['small.txt', true],
  ])
})

test('of very many untracked files the first are kept and all are listed', async () => {
  using project = testProject({})
  project.git('init', '--quiet')
  for (let n = 0; n < untrackedLimits.files + 5; n++) project.write(`many/${n}`, '')
  const state = await gitState(project.root)
  const untracked = state.kind === 'repository' ? state.untracked : []
  expect(untracked).toHaveLength(untrackedLimits.files + 5)
  expect(untracked.filter(({ kept }) => kept)).toHaveLength(untrackedLimits.files)
})

test('a repository that is damaged is said to be so', async () => {
  using project = testProject({ 'a.txt': 'a' })
  project.git('init', '--quiet')
  project.git('add', '.')
  project.git('commit', '--quiet', '--message', 'start')
  const commit = project.git('rev-parse', 'HEAD')
  rmSync(join(project.root, '.git/objects', commit.slice(0, 2), commit.slice(2)))
  const why = expect.stringMatching(/^git cannot be asked: .*HEAD/)
  expect(await gitState(project.root)).toEqual({ kind: 'none', why })
})

test('a large tracked file that changed is listed and not in the diff', async () => {
  using project = testProject({ 'large.csv': 'x', 'small.txt': 's\n' })
  project.git('init', '--quiet')
  project.git('add', '.')
  project.git('commit', '--quiet', '--message', 'start')
  project.write('large.csv', 'y'.repeat(changedFileLimit + 1))
  project.write('small.txt', 'changed\n')
  const state = await gitState(project.root)
  expect(state).toMatchObject({ largeChanges: [{ path: 'large.csv', size: changedFileLimit + 1 }] })
  expect(state.kind === 'repository' && state.diff).toContain('+changed')
  expect(state.kind === 'repository' && state.diff).not.toContain('large.csv')
})

test('the diff is of what is staged and what is not, and only of tracked files', async () => {
  using project = testProject({ 'a.txt': 'a\n', 'b.txt': 'b\n' })
  project.git('init', '--quiet')
  project.git('add', '.')
  project.git('commit', '--quiet', '--message', 'start')
  project.write('a.txt', 'staged\n')
  project.git('add', '.')
  project.write('b.txt', 'not staged\n')
  const state = await gitState(project.root)
  expect(state).toMatchObject({ commit: project.git('rev-parse', 'HEAD'), untracked: [] })
  expect(state.kind === 'repository' && state.diff).toMatch(/\+staged.*\+not staged/s)
})

test('the diff can be applied, however this user lets git show one', async () => {
  using project = testProject({ 'a.txt': 'a\n' })
  project.git('init', '--quiet')
  project.git('add', '.')
  project.git('commit', '--quiet', '--message', 'start')
  project.write('a.txt', 'changed\n')
  const settings = { 'color.ui': 'always', 'diff.noprefix': 'true', 'diff.external': 'echo', 'diff.submodule': 'log' }
  for (const [key, value] of Object.entries(settings)) project.git('config', key, value)
  const state = await gitState(project.root)
  expect(state.kind === 'repository' && state.diff).toMatch(/^diff --git a\/a\.txt b\/a\.txt\n.*\n-a\n\+changed\n$/s)
})

test("what a tracking server keeps in the folder is none of the project's untracked files", async () => {
  using project = testProject({ 'a.txt': 'a', 'mlartifacts/1/ab/artifacts/x': 'x', 'mlruns/0/meta.yaml': 'x' })
  project.git('init', '--quiet')
  expect(await gitState(project.root)).toMatchObject({ untracked: [{ path: 'a.txt' }] })
})

test("the pipeline's own locks are neither changes nor untracked files; another program's lock is both", async () => {
  using project = testProject({ 'in/pipeline.lock': 'a\n', 'in/yarn.lock': 'a\n' })
  project.git('init', '--quiet')
  project.git('add', '.')
  project.git('commit', '--quiet', '--message', 'start')
  const files = ['in/pipeline.lock', 'in/yarn.lock', 'in/sub/dvc.lock', 'in/sub/pipeline.lock']
  for (const file of files) project.write(file, 'changed\n')
  const state = await gitState(join(project.root, 'in'), ['pipeline.lock', 'sub/dvc.lock'])
  expect(state).toMatchObject({ untracked: [{ path: 'sub/pipeline.lock' }] })
  expect(state.kind === 'repository' && state.diff.match(/^diff .*$/gm)).toEqual([
    'diff --git a/in/yarn.lock b/in/yarn.lock',
  ])
})
