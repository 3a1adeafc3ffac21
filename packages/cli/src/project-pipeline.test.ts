/** What this repository's own pipeline.yaml has to keep to. */
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { openProject } from '@waymark/pipeline/project'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const { stages } = await openProject(root)

/** What a stage loads and what changes none of its outputs: a run that is logged is the same model, and so is a version. */
const changesNoOutput = ['packages/client/src', 'packages/contract/src', 'services/prediction-app/package.json']

test.each(stages)('all code that can change what $name leaves is among its deps', ({ cmd, deps }) => {
  const places = [...deps.map(({ path }) => path), ...changesNoOutput]
  expect(codeOf(cmd).filter((file) => !places.some((place) => isWithin(file, place)))).toEqual([])
})

test.each(stages)('$name has no dep of code that it does not use', ({ cmd, deps }) => {
  const code = deps.map(({ path }) => path).filter((path) => /^(packages|services)\//.test(path))
  expect(code.filter((place) => !codeOf(cmd).some((file) => isWithin(file, place)))).toEqual([])
})

test.each(stages)(
  '$name depends on the sections of config.yaml that it uses, and never on where runs are tracked',
  ({ params }) => {
    for (const { path, keys } of params) {
      expect(path).toBe('config.yaml')
      expect(keys).not.toBe('all')
      expect(keys).not.toContain('tracking')
    }
  },
)

test('prediction_app does not wait for explainability', () => {
  const outs = stages.find(({ name }) => name === 'explainability')?.outs.map(({ path }) => path) ?? []
  const deps = stages.find(({ name }) => name === 'prediction_app')?.deps.map(({ path }) => path) ?? []
  expect(outs.length).toBeGreaterThan(0)
  expect(deps.filter((dep) => outs.some((out) => isWithin(dep, out) || isWithin(out, dep)))).toEqual([])
})

/** The command's file and all of this repository that it loads, by path from the root. */
function codeOf(cmd: string | readonly string[]): string[] {
  const task = /^node (\S+)$/.exec(String(cmd))?.[1]
  if (task === undefined) throw new Error(`the command ${cmd} should be node <file>`)
  return [...loadedBy(task)]
}

function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(join(root, file), 'utf8')
  // Types are gone when it runs. Workers are started from a URL.
  const loads =
    /^(?:import (?!type )(?:[\w$*{},\s]+ from )?|export (?!type )[\w$*{},\s]+ from )'([^']+)'|import\('([^']+)'\)|new URL\('([^']+\.ts)'/gm
  for (const [, fixed, dynamic, worker] of text.matchAll(loads)) {
    const loaded = fileOf(fixed ?? dynamic ?? worker ?? '', file)
    if (loaded !== undefined) loadedBy(loaded, seen)
  }
  return seen
}

function fileOf(specifier: string, importer: string): string | undefined {
  if (specifier.startsWith('.')) return relative(root, join(root, dirname(importer), specifier))
  const [, name = '', path] = /^@waymark\/([^/]+)\/(.+)$/.exec(specifier) ?? []
  if (path === undefined) return undefined
  const isService = ['prediction-app', 'tracking-server', 'ds-environment'].includes(name)
  return `${isService ? 'services' : 'packages'}/${name}/src/${path}.ts`
}

function isWithin(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`)
}
