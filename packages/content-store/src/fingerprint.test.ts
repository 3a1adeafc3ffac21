import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fingerprint } from './fingerprint.ts'
import { HashState } from './hash-state.ts'
import { dvcIgnore } from './ignore-rules.ts'

// Hashes as DVC 3.67 gives them for the same trees.
test.each<[tree: Record<string, string>, md5: string]>([
  [{}, 'd751713988987e9331980363e24189ce.dir'],
  [{ foo: 'foo' }, '84fe43362de8f1634c6fd2900440e9e2.dir'],
  [{ foo: 'foo', bar: 'bar' }, '5ea40360f5b4ec688df672a4db9c17d1.dir'],
  [{ file: 'file', 'sub/foo': 'foo' }, '4dcd5ff4b48f9d74ff2a30d14a629046.dir'],
  [{ file1: 'file1', 'subdir/file2': 'file2' }, 'a63efd776d2b650ca0cb96089d2e7638.dir'],
  [{ one: 'one', two: 'two' }, '6b18131dc289fd37006705affe961ef8.dir'],
  [
    { foo: 'foo', bar: 'bar', 'subdir/subfoo': 'subfoo', 'subdir/subbar': 'subbar' },
    '1aca2c799df82929bbdd976557975546.dir',
  ],
  [{ 'é.txt': 'x' }, 'c4ca1691f3be3e1fdbc0cc5c22ad3d53.dir'],
  [{ A: '4', 'a b': '1', 'a.b': '3', 'a/b': '2' }, '4de4c639113c4dde295825aa74e464cb.dir'],
])('a folder has the hash that DVC gives it: %j', async (tree, md5) => {
  const { root, look } = project({ ...inFolder(tree) })
  mkdirSync(join(root, 'data'), { recursive: true })
  expect(await look('data')).toMatchObject({ md5, nfiles: Object.keys(tree).length })
})

test('a file has the MD5 of its bytes, and tells whether it can be executed', async () => {
  const { root, look } = project({ foo: 'foo', empty: '' })
  writeFileSync(join(root, 'run.sh'), 'bar', { mode: 0o755 })
  expect(await look('foo')).toMatchObject({ md5: 'acbd18db4cc2f85cedef654fccc4a4d8', size: 3 })
  expect(await look('empty')).toMatchObject({ md5: 'd41d8cd98f00b204e9800998ecf8427e', size: 0 })
  expect(await look('run.sh')).toMatchObject({ md5: '37b51d194a7513e45b56f6524f2d51f2', isexec: true })
  expect(await look('nothing')).toBeUndefined()
})

test('a large file has the MD5 of its bytes', async () => {
  const { look } = project({ large: 'abcdefgh'.repeat(1024 * 1024) })
  expect(await look('large')).toMatchObject({ md5: '3bf11703ff40b904491650074c4d6cda', size: 8 * 1024 * 1024 })
})

test('files that .dvcignore names are not part of a folder, and inner rules win over outer ones', async () => {
  const plain = project(inFolder({ foo: 'foo' }))
  const ignoring = project({
    ...inFolder({ foo: 'foo', 'a.log': 'x', 'sub/b.log': 'y', '.git/config': 'z' }),
    '.dvcignore': '*.log\n',
  })
  expect((await ignoring.look('data'))?.md5).toBe((await plain.look('data'))?.md5)
  const kept = project({ ...inFolder({ foo: 'foo', 'a.log': 'x' }), '.dvcignore': '*.log\n!/data/a.log\n' })
  expect((await kept.look('data'))?.nfiles).toBe(2)
  const indented = project({ ...inFolder({ foo: 'foo', 'a.log': 'x' }), '.dvcignore': '  *.log  \n' })
  expect((await indented.look('data'))?.nfiles).toBe(1)
})

test('linked files count with their content, linked folders do not, a broken link is refused by name', async () => {
  const { root, look } = project({ target: 'foo', 'other/x': 'x', ...inFolder({ bar: 'bar' }) })
  symlinkSync('../target', join(root, 'data/foo'))
  symlinkSync('../other', join(root, 'data/linked'))
  expect((await look('data'))?.md5).toBe('5ea40360f5b4ec688df672a4db9c17d1.dir')
  symlinkSync('nowhere', join(root, 'data/broken'))
  await expect(look('data')).rejects.toThrow(/data\/broken.*link to nothing/)
})

test('a file that changed in the very moment it was hashed is hashed again, whatever its times say', async () => {
  const { root, look } = project({ foo: 'foo' })
  const then = new Date(2020, 1, 1)
  utimesSync(join(root, 'foo'), then, then)
  await look('foo')
  writeFileSync(join(root, 'foo'), 'bar')
  utimesSync(join(root, 'foo'), then, then)
  expect((await look('foo'))?.md5).toBe('37b51d194a7513e45b56f6524f2d51f2')
})

function inFolder(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).map(([path, text]) => [`data/${path}`, text]))
}

function project(files: Record<string, string>) {
  const root = mkdtempSync(join(tmpdir(), 'content-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const state = new HashState(join(root, '.waymark/tmp/hashes.json'), root)
  return { root, look: (path: string) => fingerprint(join(root, path), { root, ignored: dvcIgnore(root), state }) }
}
