import { renameSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sayFsError } from './fs-errors.ts'

test.runIf(process.platform === 'linux')('a full disk is said, with what to do', () => {
  expect(sayFsError(errorOf(() => writeFileSync('/dev/full', 'x')))).toBe(
    'Cannot write: the disk is full. Make room, then start again',
  )
})

test.runIf(process.platform === 'linux')('a folder that something is mounted on is named', () => {
  expect(sayFsError(errorOf(() => renameSync('/proc', '/procession')))).toMatch(
    /^Cannot (move|use|write) "\/procession"/,
  )
})

test('what is no fault of the disk is not taken for one', () => {
  expect(sayFsError(new Error('no space left'))).toBeUndefined()
})

function errorOf(work: () => void): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
