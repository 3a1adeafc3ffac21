import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readCacheConfig } from './cache-config.ts'

test('the cache section of config is read as DVC reads it, config.local wins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  expect(readCacheConfig(folder)).toEqual({ dir: join(folder, 'cache'), links: ['reflink', 'copy'] })
  writeFileSync(
    join(folder, 'config'),
    '[core]\n    remote = x\n[\'remote "x"\']\n    url = s3://b\n[cache]\n    type = hardlink,copy\n',
  )
  expect(readCacheConfig(folder).links).toEqual(['hardlink', 'copy'])
  writeFileSync(join(folder, 'config.local'), '[cache]\ndir = ../shared\ntype = "symlink"\n')
  expect(readCacheConfig(folder)).toEqual({ dir: join(folder, '../shared'), links: ['symlink'] })
  writeFileSync(join(folder, 'config.local'), '[cache]\ntype = softlink\n')
  expect(() => readCacheConfig(folder)).toThrow(/config.local: cache.type "softlink" is none of reflink/)
})
