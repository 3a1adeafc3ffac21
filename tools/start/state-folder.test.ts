import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
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
