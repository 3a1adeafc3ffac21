import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore, StoreAddressError } from './open-store.ts'

test('a scheme that no kind handles is refused with those that are', async () => {
  await expect(openStore('ftp://x')).rejects.toThrow(
    /"ftp:\/\/x": no kind handles the scheme ftp:\. Use a path, file:\/\/, s3:\/\//,
  )
})

test('s3 without keys says which variables to set', async () => {
  await expect(openStore('s3://bucket/x', { env: {} })).rejects.toThrow(/AWS_ACCESS_KEY_ID/)
})

test('a folder that cannot be made is an error of the address', async () => {
  await expect(openStore('/dev/null/x')).rejects.toBeInstanceOf(StoreAddressError)
})

test('a path and its file: address are the same place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'store-'))
  await (await openStore('a b', { cwd: folder })).put('k', Buffer.from('x'))
  expect(await (await openStore(`file://${folder}/a%20b`)).stat('k')).toMatchObject({ sizeBytes: 1 })
  await rm(folder, { recursive: true })
})
