import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findRoot } from '../src/project.ts'
import { type TempProject, tempProject } from './temp-project.ts'

const files = {
  'pipeline.yaml': `stages:
  a:
    cmd: mkdir -p sub && cp in sub/o1 && cp in sub/o2 && cp in m.json && cp in already
    deps: [in]
    outs: [sub/o1, sub/o2, already]
    metrics:
    - m.json: {cache: false}
`,
  in: '1',
  '.gitignore': 'already\n.waymark/\n',
}

test('cached outs are added to the .gitignore beside them, once; what git ignores already and uncached outs are not', async () => {
  const project = inGit(files)
  await project.repro()
  expect(project.read('sub/.gitignore')).toBe('/o1\n/o2\n')
  expect(project.read('.gitignore')).toBe(files['.gitignore'])
  project.write({ in: '2' })
  await project.repro()
  expect(project.read('sub/.gitignore')).toBe('/o1\n/o2\n')
})

test('a cached out that git tracks is refused before anything runs, with the way out', async () => {
  const project = inGit({ ...files, 'sub/o1': 'tracked' })
  execFileSync('git', ['add', 'sub/o1'], { cwd: project.root })
  await expect(project.repro()).rejects.toThrow(
    'pipeline.yaml:2:3 the output "sub/o1" is tracked by git. Take it out with: git rm -r --cached "sub/o1", or set cache: false for it',
  )
  expect(project.read('sub/o1')).toBe('tracked')
})

test('a stage file or lock that git ignores is refused', async () => {
  const project = inGit({ ...files, '.gitignore': '*.lock\n' })
  await expect(project.repro()).rejects.toThrow(
    'Cannot use "pipeline.lock": git ignores it by the rule "*.lock" of .gitignore. Take the rule out, or add !pipeline.lock behind it',
  )
})

test("stage files that MLflow's artifact stores keep of runs are not the project's", async () => {
  const broken = 'stages: 5\n'
  const store = { 'mlartifacts/1/ab/artifacts/pipeline.yaml': broken, 'mlruns/1/ab/artifacts/dvc.yaml': broken }
  const project = inGit({ ...files, ...store })
  expect(await project.repro()).toEqual({ a: 'ran, because it never ran before' })
})

test('folders that git or .dvcignore name are not searched for stage files', async () => {
  const broken = 'stages: 5\n'
  const project = inGit({
    ...files,
    '.gitignore': `${files['.gitignore']}/built/\n`,
    '.dvcignore': 'fixtures/\n',
    'built/dvc.yaml': broken,
    'x/fixtures/pipeline.yaml': broken,
    'node_modules/p/dvc.yaml': broken,
  })
  expect(Object.keys(await project.status())).toEqual(['a'])
})

test('the root of a project is found from any folder in it', () => {
  const project = inGit({ ...files, 'deep/er/x': '' })
  expect(findRoot(join(project.root, 'deep/er'))).toBe(project.root)
  mkdirSync(join(project.root, '.waymark'))
  expect(findRoot(join(project.root, 'deep/er'))).toBe(project.root)
})

test('a .waymark that only a server made above a project is not its root, and makes no project', () => {
  const project = tempProject({
    '.waymark/postgres/x': '',
    '.waymark/.gitignore': '*',
    'proj/dvc.yaml': 'stages: {}',
    'other/x': '',
  })
  expect(findRoot(join(project.root, 'proj'))).toBe(join(project.root, 'proj'))
  expect(findRoot(join(project.root, 'other'))).toBeUndefined()
  for (const made of ['config', 'tmp']) {
    const repro = tempProject({ [`.waymark/${made}`]: '', 'proj/dvc.yaml': 'stages: {}' })
    expect(findRoot(join(repro.root, 'proj'))).toBe(repro.root)
  }
})

function inGit(contents: Record<string, string>): TempProject {
  const project = tempProject(contents)
  execFileSync('git', ['init', '-q'], { cwd: project.root })
  return project
}
