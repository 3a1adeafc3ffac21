import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

interface Service {
  readonly build?: string | { readonly dockerfile: string }
  readonly pull_policy?: string
  readonly user?: string
  readonly ports?: readonly string[]
  readonly networks?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly (string | { readonly source: string })[]
  readonly healthcheck?: object
  readonly network_mode?: string
}

const root = join(import.meta.dirname, '..')
const file: { services: Record<string, Service>; volumes: Record<string, unknown> } = parse(
  await readFile(join(root, 'docker-compose.yml'), 'utf8'),
  { merge: true },
)
const services = Object.entries(file.services)

test('ports are published on 127.0.0.1 only', () => {
  const ports = services.flatMap(([, { ports = [] }]) => ports)
  expect(ports).toHaveLength(2)
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{\w+:-\d+\}:\d+$/)
})

test('each secret is mounted by those who need it, and by the service that makes it', () => {
  const readers = Object.fromEntries(
    Object.keys(file.volumes)
      .filter((volume) => volume.endsWith('-secret'))
      .map((volume) => [volume, services.filter(([, service]) => mounts(service, volume)).map(([name]) => name)]),
  )
  expect(readers).toEqual({
    'postgres-admin-secret': ['secrets', 'postgres'],
    'database-secret': ['secrets', 'postgres', 'tracking-server'],
    'object-store-secret': ['secrets', 'object-store', 'tracking-server'],
  })
})

test("what is built here is never fetched from a registry, where its name may be anybody's", () => {
  const built = services.filter(([, { build }]) => build !== undefined)
  expect(built).toHaveLength(5)
  for (const [name, { pull_policy }] of built) expect(pull_policy, name).toBe('never')
})

test('no password or key has a default', () => {
  for (const [, { environment = {} }] of services)
    for (const [name, value] of Object.entries(environment))
      if (/(PASSWORD|_KEY)$/.test(name)) expect(value, name).toBe(`\${${name}:-}`)
})

test('only the tracking server reaches the database and the object store', () => {
  const inStores = services.filter(([, { networks }]) => networks?.includes('stores')).map(([name]) => name)
  expect(inStores).toEqual(['postgres', 'object-store', 'tracking-server'])
})

test('a service that stays says when it is healthy, and runs under an account that is not root', async () => {
  for (const [name, service] of services) {
    if (service.network_mode === 'none') continue // it does one thing and ends
    expect(service.healthcheck, name).toBeDefined()
    expect(await accountOf(service), name).not.toMatch(/^(root|0)\b|^$/)
  }
})

function mounts({ volumes = [] }: Service, volume: string): boolean {
  return volumes.some((mount) => (typeof mount === 'string' ? mount.split(':')[0] : mount.source) === volume)
}

/** @returns the last `USER` of the service's Dockerfile, or what the compose file sets. */
async function accountOf({ user, build }: Service): Promise<string> {
  if (user !== undefined) return user
  if (build === undefined) return ''
  const path = typeof build === 'string' ? join(build, 'Dockerfile') : build.dockerfile
  const dockerfile = await readFile(join(root, path), 'utf8')
  return [...dockerfile.matchAll(/^USER (.+)$/gm)].at(-1)?.[1] ?? ''
}
