import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { storeKeepsItsPromises } from '../../test/store-promises.ts'
import { KeyConflictError } from '../object-store.ts'
import { folderStore } from './folder.ts'

const folders: string[] = []
async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'store-'))
  folders.push(folder)
  return folder
}
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

describe('folder store', () => {
  storeKeepsItsPromises(async () => folderStore(await tempFolder()))

  test('a symbolic link leads nowhere: nothing is read, written or deleted through it', async () => {
    const [root, outside] = [await tempFolder(), await tempFolder()]
    await writeFile(join(outside, 'secret'), 'mine')
    await mkdir(join(root, 'd'))
    await symlink(outside, join(root, 'd', 'link'))
    await symlink(join(outside, 'secret'), join(root, 'd', 'file'))
    const store = await folderStore(root)
    await expect(store.get('d/link/secret')).rejects.toThrow('nothing under')
    await expect(store.get('d/file')).rejects.toThrow('nothing under')
    await expect(store.put('d/link/new', Buffer.from('x'))).rejects.toBeInstanceOf(KeyConflictError)
    expect(await store.listFolder('d')).toEqual([])
    await store.deleteFolder('d/link')
    await store.deleteFolder('d')
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('mine')
  })
})
