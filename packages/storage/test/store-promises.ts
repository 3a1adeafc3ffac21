import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { InvalidKeyError, KeyConflictError, ObjectNotFoundError, type ObjectStore } from '../src/object-store.ts'

/** What every kind of store promises; called inside a `describe` of its own. */
export function storeKeepsItsPromises(make: () => Promise<ObjectStore>): void {
  test('bytes come back as they went in, from an array and from a stream', async () => {
    const store = await make()
    const bytes = randomBytes(300_000)
    await store.put('a/array.bin', bytes)
    await store.put('a/stream.bin', Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]))
    expect((await buffer(await store.get('a/array.bin'))).equals(bytes)).toBe(true)
    expect((await buffer(await store.get('a/stream.bin'))).equals(bytes)).toBe(true)
  })

  test('an empty object is an object', async () => {
    const store = await make()
    await store.put('empty', Readable.from([]))
    expect(await store.stat('empty')).toMatchObject({ sizeBytes: 0 })
    expect(await text(await store.get('empty'))).toBe('')
  })

  test('a later put replaces, and the etag changes with it', async () => {
    const store = await make()
    await store.put('k', Buffer.from('one'))
    const before = await store.stat('k')
    await store.put('k', Buffer.from('two!'))
    const after = await store.stat('k')
    expect(await text(await store.get('k'))).toBe('two!')
    expect(after).toMatchObject({ sizeBytes: 4 })
    expect(after?.etag).not.toBe(before?.etag)
  })

  test('a range gives its bytes, both ends included', async () => {
    const store = await make()
    await store.put('k', Buffer.from('0123456789'))
    expect(await text(await store.get('k', { start: 2, end: 4 }))).toBe('234')
    expect(await text(await store.get('k', { start: 7 }))).toBe('789')
  })

  test('what is not there is not found', async () => {
    const store = await make()
    await expect(store.get('no/such')).rejects.toBeInstanceOf(ObjectNotFoundError)
    expect(await store.stat('no/such')).toBeUndefined()
    expect(await store.listFolder('no')).toEqual([])
    await store.delete('no/such')
    await store.deleteFolder('no')
  })

  test('an upload that is cut off leaves the key as it was', async () => {
    const store = await make()
    await store.put('kept', Buffer.from('old'))
    const cut = (bytes: number) =>
      Readable.from(
        (async function* () {
          yield randomBytes(bytes)
          throw new Error('connection lost')
        })(),
      )
    await expect(store.put('kept', cut(10))).rejects.toThrow('connection lost')
    await expect(store.put('new/one', cut(20 * 1024 * 1024))).rejects.toThrow('connection lost')
    expect(await text(await store.get('kept'))).toBe('old')
    expect(await keys(store, '')).toEqual(['kept'])
  })

  test('large streams come back whole', async () => {
    const store = await make()
    const chunk = randomBytes(1024 * 1024)
    const chunks = Array.from({ length: 40 }, () => chunk)
    await store.put('large', Readable.from(chunks))
    expect(await store.stat('large')).toMatchObject({ sizeBytes: 40 * 1024 * 1024 })
    expect((await buffer(await store.get('large', { start: 39 * 1024 * 1024 }))).equals(chunk)).toBe(true)
  })

  test('a key is never the folder of another key', async () => {
    const store = await make()
    await store.put('a/b', Buffer.from('x'))
    await expect(store.put('a/b/c', Buffer.from('y'))).rejects.toBeInstanceOf(KeyConflictError)
    await expect(store.put('a/b/c/d', Buffer.from('y'))).rejects.toBeInstanceOf(KeyConflictError)
    await expect(store.put('a', Buffer.from('y'))).rejects.toBeInstanceOf(KeyConflictError)
    expect(await keys(store, '')).toEqual(['a/b'])
  })

  test.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    '../a',
    'a/../b',
    'a/./b',
    'a\\b',
    'a\u0000',
    'a\nb',
    'x'.repeat(256),
  ])('the key %j is refused everywhere', async (key) => {
    const store = await make()
    await expect(store.put(key, Buffer.from('x'))).rejects.toBeInstanceOf(InvalidKeyError)
    await expect(store.get(key)).rejects.toBeInstanceOf(InvalidKeyError)
    await expect(store.delete(key)).rejects.toBeInstanceOf(InvalidKeyError)
    if (key !== '') await expect(store.deleteFolder(key)).rejects.toBeInstanceOf(InvalidKeyError)
  })

  test('odd but honest names are kept as they are', async () => {
    const store = await make()
    const names = ['a b', 'ü/é.txt', '%2e%2e', 'a+b&c=d?e#f', "it's", '🌳', 'CON', '...', '-x']
    for (const name of names) await store.put(name, Buffer.from(name))
    for (const name of names) expect(await text(await store.get(name))).toBe(name)
    expect(await keys(store, '')).toEqual([...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
  })

  test('lists go by bytes, and a folder shows what is directly in it', async () => {
    const store = await make()
    for (const key of ['x/b/2', 'x/a', 'x/b/1', 'x/b-', 'xy', 'x/Z']) await store.put(key, Buffer.from(key))
    expect(await keys(store, '')).toEqual(['x/Z', 'x/a', 'x/b-', 'x/b/1', 'x/b/2', 'xy'])
    expect(await keys(store, 'x/b')).toEqual(['x/b/1', 'x/b/2'])
    expect(await keys(store, 'x/a')).toEqual([])
    const entries = await store.listFolder('x')
    expect(new Set(entries.map(({ kind, name }) => `${kind} ${name}`))).toEqual(
      new Set(['object Z', 'object a', 'folder b', 'object b-']),
    )
    expect(await store.listFolder('x/a')).toEqual([])
  })

  test('deleting a folder deletes what is below it and nothing beside it', async () => {
    const store = await make()
    for (const key of ['d/1', 'd/e/2', 'd2/3', 'f']) await store.put(key, Buffer.from('x'))
    await store.deleteFolder('d')
    expect(await keys(store, '')).toEqual(['d2/3', 'f'])
    await store.delete('d2/3')
    expect(await store.listFolder('')).toMatchObject([{ kind: 'object', name: 'f' }])
    await store.put('d', Buffer.from('a folder no more'))
  })

  test('of many writers at once one wins whole', async () => {
    const store = await make()
    const bodies = Array.from({ length: 8 }, (_, index) => Buffer.alloc(50_000, index))
    await Promise.all(bodies.map((body) => store.put('race/k', body)))
    const found = await buffer(await store.get('race/k'))
    expect(bodies.some((body) => body.equals(found))).toBe(true)
  })
}

async function keys(store: ObjectStore, folder: string): Promise<string[]> {
  return (await Array.fromAsync(store.list(folder))).map((entry) => entry.key)
}
