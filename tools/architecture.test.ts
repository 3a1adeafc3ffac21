import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

/** The house's floors: a workspace leans only on lower ones. Tests may lean sideways, through devDependencies. */
const floors: Readonly<Record<string, number>> = {
  contract: 1,
  storage: 1,
  settings: 1,
  'model-kit': 1,
  'content-store': 2,
  client: 2,
  pipeline: 3,
  'tracking-server': 4,
  'ds-environment': 4,
  'prediction-app': 4,
  web: 4,
  cli: 5,
  e2e: 6,
}
/** The one arrow between services: the stage prediction_app checks a model in the app that will serve it. */
const exceptions = new Set(['ds-environment → prediction-app'])

const root = join(import.meta.dirname, '..')
const workspaces = await readWorkspaces()

test('every workspace has a floor', () => {
  expect(workspaces.map(({ name }) => name).filter((name) => !(name in floors))).toEqual([])
})

test('a workspace leans only on lower floors', () => {
  const arrows = workspaces.flatMap(({ name, leansOn }) => leansOn.map((other) => ({ name, other })))
  const wrong = arrows.filter(({ name, other }) => (floors[other] ?? 0) >= (floors[name] ?? 0))
  const words = wrong.map(({ name, other }) => `${name} → ${other}`).filter((arrow) => !exceptions.has(arrow))
  expect(words).toEqual([])
})

test('contract leans on no other workspace', () => {
  expect(workspaces.find(({ name }) => name === 'contract')?.leansOn).toEqual([])
})

async function readWorkspaces(): Promise<{ name: string; leansOn: string[] }[]> {
  const folders = ['packages', 'services'].map(async (folder) =>
    (await readdir(join(root, folder))).map((name) => join(folder, name)),
  )
  const all = [...(await Promise.all(folders)).flat(), 'web', 'e2e']
  return Promise.all(all.map(readManifest))
}

async function readManifest(folder: string): Promise<{ name: string; leansOn: string[] }> {
  const manifest: { name: string; dependencies?: Record<string, string> } = JSON.parse(
    await readFile(join(root, folder, 'package.json'), 'utf8'),
  )
  const ours = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@waymark/'))
  return { name: bare(manifest.name), leansOn: ours.map(bare) }
}

function bare(name: string): string {
  return name.replace('@waymark/', '')
}
