import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
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
    await symlink(join(outside, 'nothing'), join(root, 'd', 'dangling'))
    for (const key of ['d/link/new', 'd/link/new/folder/x', 'd/dangling/x']) {
      await expect(store.put(key, Buffer.from('x')), key).rejects.toBeInstanceOf(KeyConflictError)
    }
    expect(await readdir(outside)).toEqual(['secret'])
    expect(await store.listFolder('d')).toEqual([])
    await store.deleteFolder('d/link')
    await store.deleteFolder('d')
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('mine')
  })

  test('what an earlier process left half written a day ago is removed, a newer draft stays', async () => {
    const root = await tempFolder()
    await folderStore(root)
    const [old, now] = ['old', 'now'].map((name) => join(root, '.waymark-drafts', name))
    for (const path of [old, now]) await writeFile(path ?? '', 'half')
    const before = new Date(Date.now() - 25 * 60 * 60 * 1000)
    await utimes(old ?? '', before, before)
    await folderStore(root)
    expect(await readdir(join(root, '.waymark-drafts'))).toEqual(['now'])
  })
})
