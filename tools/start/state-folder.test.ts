import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkPortFree } from './ports.ts'
import { takeStateFolder } from './state-folder.ts'

test('a second npm start in a folder is refused with the address of the first', async () => {
  await using project = await temporaryFolder()
  await using state = await takeStateFolder(project.path)
  await writeFile(join(state.path, 'server.json'), JSON.stringify({ tracking_uri: 'http://127.0.0.1:5000', pid: 7 }))
  await expect(takeStateFolder(project.path)).rejects.toThrow(/already runs in this folder, at http:\/\/127.0.0.1:5000/)
})

test('a folder is free again once its npm start has ended', async () => {
  await using project = await temporaryFolder()
  await (await takeStateFolder(project.path))[Symbol.asyncDispose]()
  await using again = await takeStateFolder(project.path)
  expect(again.path).toBe(join(project.path, '.waymark'))
})

test('a folder of a newer version is refused by its version, and left as it is', async () => {
  await using project = await temporaryFolder()
  await (await takeStateFolder(project.path))[Symbol.asyncDispose]()
  const version = join(project.path, '.waymark', 'version')
  await writeFile(version, '99\n')
  await expect(takeStateFolder(project.path)).rejects.toThrow(/it has version 99, and this Waymark knows version 1/)
  expect(await readFile(version, 'utf8')).toBe('99\n')
})

test('files that a power cut has cut off hold nobody back', async () => {
  await using project = await temporaryFolder()
  await (await takeStateFolder(project.path))[Symbol.asyncDispose]()
  const state = join(project.path, '.waymark')
  for (const name of ['owner.json', 'version', 'server.json']) await writeFile(join(state, name), '')
  await using again = await takeStateFolder(project.path)
  expect(again.path).toBe(state)
  expect(await readFile(join(state, 'version'), 'utf8')).toBe('1\n')
})

test('what a killed npm start has left of its address is not taken for the one that starts now', async () => {
  await using project = await temporaryFolder()
  await mkdir(join(project.path, '.waymark'))
  await writeFile(join(project.path, '.waymark/server.json'), '{"tracking_uri":"http://127.0.0.1:5000","pid":7}')
  await using _state = await takeStateFolder(project.path)
  await expect(takeStateFolder(project.path)).rejects.toThrow(`process ${process.pid} uses it`)
})

test('a port that another program uses is refused with the flag that chooses another', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const address = other.address()
  const port = typeof address === 'object' && address ? address.port : 0
  try {
    await expect(checkPortFree(port, 'tracking server', '--port')).rejects.toMatchObject({
      message: `Cannot start the tracking server on port ${port}: another program listens on it`,
      hint: `Choose another: npm start -- --port ${port + 1}`,
    })
  } finally {
    other.close()
  }
})

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'waymark-start-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
