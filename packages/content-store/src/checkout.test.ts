import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempStore } from '../test/temp-store.ts'
import type { LinkType } from './cache-config.ts'
import { md5Of } from './digest.ts'

describe.each<LinkType>(['reflink', 'hardlink', 'symlink', 'copy'])('with links of type %s', (type) => {
  test('a folder comes back from the cache file by file, and what is the same is not made anew', async () => {
    const store = tempStore([type, 'copy'])
    const files = { 'a.txt': 'a', 'sub/b.txt': 'b', 'sub/deep/ü c.txt': 'c', empty: '' }
    store.write(Object.fromEntries(Object.entries(files).map(([path, text]) => [`data/${path}`, text])))
    const { md5 } = await store.save('data')
    rmSync(join(store.root, 'data'), { recursive: true })
    expect((await store.checkout('data', { md5 })).added).toHaveLength(4)
    expect(store.read('data')).toEqual(files)

    const inode = lstatSync(join(store.root, 'data/a.txt')).ino
    rmSync(join(store.root, 'data/sub/b.txt'))
    store.write({ 'data/sub/b.txt': 'B', 'data/more': 'not in the cache' })
    const result = await store.checkout('data', { md5 })
    expect(result).toMatchObject({ added: [], modified: ['sub/b.txt'], deleted: ['more'] })
    expect(lstatSync(join(store.root, 'data/a.txt')).ino).toBe(inode)
    expect(store.read('data')).toEqual(files)
  })

  test('a program keeps its mode and can be written, whatever the links', async () => {
    const store = tempStore([type, 'copy'])
    store.write({ 'run.sh': 'echo' })
    chmodSync(join(store.root, 'run.sh'), 0o755)
    const { md5, isexec } = await store.save('run.sh')
    rmSync(join(store.root, 'run.sh'))
    await store.checkout('run.sh', { md5, isexec })
    expect(statSync(join(store.root, 'run.sh')).mode & 0o700).toBe(0o700)
  })
})

test('content that is nowhere else is put into the cache before it gives way', async () => {
  const store = tempStore()
  store.write({ file: 'one' })
  const { md5 } = await store.save('file')
  store.write({ file: 'written by hand' })
  const { kept } = await store.checkout('file', { md5 })
  expect(kept).toEqual([{ path: join(store.root, 'file'), md5: md5Of('written by hand') }])
  expect(readFileSync(store.cache.objectPath(md5Of('written by hand')), 'utf8')).toBe('written by hand')
  expect(store.read('.')['file']).toBe('one')
})

test('where the cache lacks an object nothing is touched, and it is named', async () => {
  const store = tempStore()
  store.write({ 'data/a': 'a', 'data/b': 'b' })
  const { md5 } = await store.save('data')
  rmSync(store.cache.objectPath(md5Of('b')))
  store.write({ 'data/a': 'other' })
  rmSync(join(store.root, 'data/b'))
  await expect(store.checkout('data', { md5 })).rejects.toThrow(md5Of('b'))
  expect(store.read('data')).toEqual({ a: 'other' })
})

test('a file takes the place of a folder, a folder that of a file, and either that of a link', async () => {
  const store = tempStore()
  store.write({ 'folder/x': 'x', file: 'f', 'aside/keep': 'k' })
  const folder = await store.save('folder')
  const file = await store.save('file')
  await store.checkout('folder', { md5: file.md5 })
  expect(store.read('.')['folder']).toBe('f')
  await store.checkout('folder', { md5: folder.md5 })
  expect(store.read('folder')).toEqual({ x: 'x' })
  rmSync(join(store.root, 'file'))
  symlinkSync('aside', join(store.root, 'file'))
  await store.checkout('file', { md5: folder.md5 })
  expect(store.read('file')).toEqual({ x: 'x' })
  expect(store.read('aside')).toEqual({ keep: 'k' })
})

test('a manifest that leads out of its folder is refused', async () => {
  const store = tempStore()
  store.write({ x: 'x' })
  const { md5 } = await store.save('x')
  const text = JSON.stringify([{ md5, relpath: '../outside' }])
  const path = store.cache.objectPath(`${md5Of(text)}.dir`)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  await expect(store.checkout('data', { md5: `${md5Of(text)}.dir` })).rejects.toThrow('leads outside the folder')
})

test('an object without mode 0444 is read: a sound one is trusted from then on, a damaged one is deleted', async () => {
  const store = tempStore()
  store.write({ good: 'good', bad: 'bad' })
  const good = store.cache.objectPath((await store.save('good')).md5)
  const bad = store.cache.objectPath((await store.save('bad')).md5)
  for (const object of [good, bad]) chmodSync(object, 0o644)
  writeFileSync(bad, 'damaged')
  expect(await store.cache.has(md5Of('good'))).toBe(true)
  expect(statSync(good).mode & 0o777).toBe(0o444)
  expect(await store.cache.has(md5Of('bad'))).toBe(false)
  expect(statSync(bad, { throwIfNoEntry: false })).toBeUndefined()
})
